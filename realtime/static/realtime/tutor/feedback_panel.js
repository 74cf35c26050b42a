/** The form that gives feedback to the chosen student, and what was sent to them. */
import { newId } from "../client/client.js";
import { attention } from "../client/attention.js";
import { nameOf } from "./card_order.js";
import { ApiError, get, post } from "../pages/api.js";
import { $, setText, showTime, text } from "../pages/page.js";
import { showStatus } from "./cards.js";
import { SentFeedback } from "./sent_feedback.js";

const PATH = $("main").dataset.feedback;
const NO_SESSION = "general";
const STATE_OF = { delivered: "delivered", queued: "queued", failed: "unconfirmed" };

export class FeedbackPanel {
  #student = null;
  #sent = null; // what was sent to the chosen student
  #sentTo = new Map(); // address → all that was sent, what failed included
  #rows = new Map(); // key → row of the list
  #drafts = new Map(); // address → a text not sent yet
  #turn = 0;
  #older = null;

  constructor() {
    $("feedback-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    $("message").addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) $("feedback-form").requestSubmit();
    });
    $("feedback-form").addEventListener("change", () => this.#showKind());
    $("older").addEventListener("click", () => this.#load(this.#older));
  }

  /** Turn to a student, or to none; what was written for another one is kept for them. */
  choose(student) {
    if (this.#student) this.#drafts.set(this.#student.student_email, $("message").value);
    this.#student = student;
    this.#rows.clear();
    $("panel-body").hidden = !student;
    $("panel-hint").hidden = Boolean(student);
    if (!student) return;
    this.#sent = this.#sentTo.get(student.student_email) ?? new SentFeedback();
    this.#sentTo.set(student.student_email, this.#sent);
    $("message").value = this.#drafts.get(student.student_email) ?? "";
    $("session").value = student.session_id ?? NO_SESSION;
    this.#paintSent();
    this.#load();
  }

  /** Show what is newly known of the chosen student. */
  update(student, now) {
    if ($("session").value === (this.#student.session_id ?? NO_SESSION)) {
      $("session").value = student.session_id ?? NO_SESSION;
    }
    this.#student = student;
    setText($("panel-name"), nameOf(student));
    setText($("panel-email"), student.student_email);
    setText($("panel-sentence"), student.current_sentence);
    showStatus($("panel-status"), student, attention(student, now));
  }

  /** Take a `feedback_status` in; feedback sent from elsewhere is looked up. */
  advance(status) {
    if (status.student_email !== this.#student?.student_email) return;
    if (this.#sent.advance(status)) this.#paintSent();
    else if (!this.#isSending()) this.#load();
  }

  #isSending() {
    return [...this.#sent.items.values()].some(({ state }) => state === "sending");
  }

  async #load(before = null) {
    const turn = ++this.#turn;
    const query = { student_email: this.#student.student_email, ...(before && { before }) };
    try {
      const { results, next } = await get(PATH, query);
      if (turn !== this.#turn) return;
      for (const each of results) this.#sent.put({ ...each, key: each.message_id });
      this.#older = next;
      $("older").hidden = !next;
      this.#paintSent();
    } catch {
      if (turn === this.#turn) setText($("sent-note"), text("feedback.failed"));
    }
  }

  #submit() {
    const tts = isTts();
    const message = $("message").value;
    $("message").focus();
    if (!message.trim()) return;
    $("message").value = "";
    this.#send({
      student_email: this.#student.student_email,
      session_id: $("session").value.trim() || NO_SESSION,
      message,
      message_type: tts ? "tts" : "text",
      ...(tts ? { audio_url: $("audio-url").value } : { speak: $("speak").checked }),
      key: newId(),
      timestamp: new Date().toISOString(),
      state: "sending",
    });
  }

  async #send(item) {
    const sent = this.#sent; // the list of this student, whoever is chosen when the answer comes
    const { key, timestamp: _, state: __, error: ___, message_id: ____, ...body } = item;
    sent.put(item);
    sent.retry(key);
    this.#paintSent();
    try {
      const { delivery, ...frame } = await post(PATH, body, key);
      sent.answered(key, { ...frame, state: STATE_OF[delivery.status] ?? "queued" });
    } catch (error) {
      const state = "failed";
      sent.items.set(key, { ...item, state, error: why(error) });
    }
    if (sent === this.#sent) this.#paintSent();
  }

  #paintSent() {
    const items = this.#sent.newestFirst();
    const rows = items.map((item) => this.#row(item));
    // Rows that stay are left alone, so that a screen reader says only what changed.
    if (rows.length !== $("sent").children.length || rows.some((row, at) => row !== $("sent").children[at])) {
      $("sent").replaceChildren(...rows);
    }
    setText($("sent-note"), items.length ? "" : text("feedback.none"));
  }

  #row(item) {
    const row = this.#rows.get(item.key) ?? this.#newRow(item);
    const part = (selector) => row.querySelector(selector);
    row.dataset.state = item.state;
    row.classList.toggle("is-failed", item.state === "failed");
    const failed = item.state === "failed";
    setText(part(".state"), failed ? text("feedback.not_sent", { why: item.error }) : text(`feedback.${item.state}`));
    part(".retry").hidden = !failed;
    return row;
  }

  #newRow(item) {
    const row = $("sent-item").content.firstElementChild.cloneNode(true);
    const part = (selector) => row.querySelector(selector);
    part(".message").textContent = item.message;
    part(".kind").textContent = item.audio_url ? text("feedback.audio") : item.speak ? text("feedback.spoken") : "";
    showTime(part("time"), item.timestamp);
    part(".retry").textContent = text("feedback.retry");
    part(".retry").addEventListener("click", () => this.#send(item));
    this.#rows.set(item.key, row);
    return row;
  }

  #showKind() {
    $("audio-choice").hidden = $("audio-url").disabled = !isTts();
    $("speak-choice").hidden = isTts();
  }
}

function isTts() {
  return $("feedback-form").elements.message_type.value === "tts";
}

function why(error) {
  if (!(error instanceof ApiError) || error.status === 0) return text("feedback.no_answer");
  return error.status === 401 ? text("feedback.signed_out") : error.message;
}
