/** Feedback to the chosen student, to some or to the class: written, on its way, and what became of it. */
import { KeptValue } from "../client/browser_storage.js";
import { attention } from "../client/attention.js";
import { newId } from "../client/client.js";
import { get, post } from "../pages/api.js";
import { $, setText, text } from "../pages/page.js";
import { onSubmit } from "../pages/submitting.js";
import { nameOf } from "./card_order.js";
import { showStatus } from "./cards.js";
import { ComposerForm, sessionOf } from "./composer/composer_form.js";
import { Drafts, EMPTY, isEmpty, ONE, SOME } from "./composer/drafts.js";
import { Outgoing } from "./composer/outgoing.js";
import { bodyOf, itemFor, valuesOf } from "./composer/outgoing_item.js";
import { filled, repliesIn, unfilled } from "./composer/placeholders.js";
import { QuickReplies } from "./composer/quick_replies.js";
import { Recipients } from "./composer/recipients.js";
import { ResultLine } from "./composer/result_line.js";
import { SentList } from "./composer/sent_list.js";
import { isUnanswered, mayBeOneOf } from "./composer/unanswered.js";
import { SentFeedback } from "./sent_feedback.js";

const { feedback: PATH, email: TUTOR, shared } = $("main").dataset;
/** On a computer that many use nothing outlasts the tab. */
const AREA = shared ? "sessionStorage" : "localStorage";
const STATE_OF = { delivered: "delivered", queued: "queued", failed: "unconfirmed" };
const SAVE_MS = 300;

export class FeedbackPanel {
  #board;
  #student = null;
  #sent = null; // what the server has for the chosen student
  #sentTo = new Map(); // address → SentFeedback
  #turn = 0;
  #older = null;
  #isHeldBack = false; // something the server has that may be what still waits for its answer
  #saving = null; // timer, while the draft is ahead of what is kept
  #replies = []; // quick replies in the text, as `{template, filled}`
  #drafts = new Drafts(AREA, TUTOR);
  #decision = onSubmit($("feedback-form"), () => this.#submit());
  #form = new ComposerForm(() => this.#changed());
  #acts = {
    retry: (items) => items.forEach(({ key }) => this.#outgoing.retry(key)),
    dismiss: (items) => items.forEach(({ key }) => this.#outgoing.remove(key)),
    edit: (items) => this.#edit(items),
  };
  #list = new SentList(forEachName(this.#acts, (act) => (key) => act([this.#outgoing.items.get(key)])));
  #result = new ResultLine((email) => nameOf(this.#board.students.get(email) ?? { student_email: email }), this.#acts);
  #recipients;
  #outgoing;

  /** `board` knows the students. */
  constructor(board) {
    this.#board = board;
    this.#recipients = new Recipients(board, () => this.#recipientsChanged());
    this.#outgoing = new Outgoing({
      kept: new KeptValue(AREA, `speaktracker.outgoing.${TUTOR}`, Array.isArray),
      post: (item, signal) => post(PATH, bodyOf(item), item.key, signal),
      changed: () => this.#paint(),
      answered: (item, frame) => this.#answered(item, frame),
      isOnline: () => navigator.onLine,
      newKey: newId,
    });
    new QuickReplies((template) => this.#insert(template), () => unfilled($("message").value, this.#replies));
    $("older").addEventListener("click", () => this.#load(this.#older));
    addEventListener("pagehide", () => this.#save());
    document.addEventListener("visibilitychange", () => this.#save());
    addEventListener("online", () => this.#outgoing.wake());
    for (const form of document.querySelectorAll("header form")) form.addEventListener("submit", (event) => shared && this.#signOut(event));
    this.#outgoing.wake();
  }

  /** Turn to a student, or to none; what was written for another one is kept for them. */
  choose(student) {
    this.#decision.conclude(); // what is being composed belongs to the student of before
    this.#save();
    this.#student = student;
    this.#list.clear();
    $("panel-body").hidden = !student;
    $("panel-hint").hidden = Boolean(student);
    if (!student) return this.#paint();
    $("panel-history").search = new URLSearchParams({ student: student.student_email });
    this.#sent = this.#sentTo.get(student.student_email) ?? new SentFeedback();
    this.#sentTo.set(student.student_email, this.#sent);
    $("feedback-form").dataset.composerFor = student.student_email;
    this.#write(this.#drafts.of(student.student_email));
    this.#isHeldBack = false;
    this.#paint();
    this.#load();
  }

  /** Show what is newly known of the chosen student, and of the class. */
  update(student, now) {
    this.#form.follow(student);
    this.#student = student;
    setText($("panel-name"), nameOf(student));
    setText($("panel-email"), student.student_email);
    setText($("panel-sentence"), student.current_sentence);
    showStatus($("panel-status"), student, attention(student, now));
    this.#recipients.paint();
  }

  /** Take a `feedback_status` in; feedback sent from elsewhere is looked up. */
  advance(status) {
    const sent = this.#sentTo.get(status.student_email);
    if (sent?.advance(status)) this.#paint();
    else if (status.student_email === this.#student?.student_email) this.#reloadSent();
  }

  /** The line is back: send what waits, and look up how far everything has come. */
  reload() {
    this.#outgoing.wake();
    this.#reloadSent();
  }

  /** The session has ended. On a shared computer what was written and not sent ends with it: the next person is another one. */
  ended() {
    if (shared) this.#forget();
  }

  #signOut(event) {
    this.#save();
    const isDone = this.#drafts.isEmpty && !this.#outgoing.items.size;
    if (isDone || confirm(text("composer.forgets"))) this.#forget();
    else event.preventDefault();
  }

  #forget() {
    clearTimeout(this.#saving);
    this.#saving = null;
    this.#drafts.forget();
    this.#outgoing.forget();
  }

  #reloadSent() {
    if (!this.#student) return;
    const isSending = this.#waitingFor(this.#student).some(({ state }) => state === "sending");
    if (isSending) this.#isHeldBack = true;
    else this.#load();
  }

  async #load(before = null) {
    const turn = ++this.#turn;
    const query = { student_email: this.#student.student_email, ...(before && { before }) };
    try {
      const { results, next } = await get(PATH, query);
      if (turn !== this.#turn) return;
      const waiting = this.#waitingFor(this.#student);
      for (const each of results) {
        const isClear = this.#sent.items.has(each.message_id) || !mayBeOneOf(waiting, each);
        if (isClear) this.#sent.put(each);
        else this.#isHeldBack = true;
      }
      this.#older = next;
      $("older").hidden = !next;
      this.#paint();
    } catch {
      if (turn === this.#turn) setText($("sent-note"), text("feedback.failed"));
    }
  }

  #submit() {
    const draft = this.#draft();
    $("message").focus();
    if (!draft.message.trim() || !this.#student) return;
    const students = this.#recipients.students();
    if (!students.length) return this.#say(text("recipients.nobody"));
    const batch = draft.to === ONE ? null : newId();
    const items = students.map((student) => itemFor(student, draft, batch));
    if (!this.#outgoing.add(items)) return this.#say(text("composer.too_many"));
    if (batch) this.#result.begin(batch);
    this.#write(EMPTY);
    this.#keep();
    this.#paint();
  }

  #answered(item, { delivery, error: _, ...frame }) {
    const sent = this.#sentTo.get(item.student_email);
    sent?.put({ ...frame, state: STATE_OF[delivery.status] ?? "queued" });
    this.#result.answered(item);
  }

  /** Take what was not sent back into the form, with all its fields and what was wrong with them. */
  #edit(items) {
    if (!isEmpty(this.#draft())) return this.#say(text("composer.occupied"));
    const [{ fields, template, audio_url = "", speak = false, ...item }] = items;
    for (const { key } of items) this.#outgoing.remove(key);
    const isOne = items.length === 1 && item.student_email === this.#student.student_email;
    const session_id = item.session_id === sessionOf(this.#student) || !isOne ? null : item.session_id;
    const choice = isOne ? {} : { to: SOME, chosen: items.map(({ student_email }) => student_email) };
    const message = isOne ? item.message : (template ?? item.message);
    this.#write({ ...EMPTY, message, message_type: item.message_type, audio_url, speak, session_id, ...choice }, fields);
    this.#keep();
    if (!fields) $("message").focus();
  }

  #insert(template) {
    const field = $("message");
    const words = this.#recipients.to === ONE ? filled(template, valuesOf(this.#student)) : template;
    const before = field.value.slice(0, field.selectionStart);
    const gap = before && !/\s$/.test(before) ? " " : "";
    const rest = field.value.length - (field.selectionEnd - field.selectionStart);
    if (rest + gap.length + words.length > field.maxLength) return this.#say(text("composer.too_long"));
    field.setRangeText(gap + words, field.selectionStart, field.selectionEnd, "end");
    this.#replies.push({ template, filled: words });
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  #recipientsChanged() {
    const field = $("message");
    const replies = repliesIn(field.value, this.#replies);
    const isOne = this.#recipients.to === ONE;
    // What a quick reply says of this student, it must not say of others.
    field.value = isOne ? filled(field.value, valuesOf(this.#student)) : unfilled(field.value, replies);
    this.#changed();
  }

  #draft() {
    const fields = this.#form.read();
    return { ...fields, ...this.#recipients.read(), replies: repliesIn(fields.message, this.#replies) };
  }

  #write(draft, errors = null) {
    this.#replies = [...draft.replies];
    this.#recipients.write(draft, this.#student);
    this.#form.write(draft, this.#student, errors);
    this.#say("");
  }

  #changed() {
    this.#say("");
    this.#saving ??= setTimeout(() => this.#save(), SAVE_MS);
  }

  #save() {
    if (this.#saving !== null) this.#keep();
  }

  #keep() {
    clearTimeout(this.#saving);
    this.#saving = null;
    if (this.#student) this.#drafts.keep(this.#student.student_email, this.#draft());
  }

  #waitingFor(student) {
    return [...this.#outgoing.items.values()].filter(({ student_email }) => student_email === student?.student_email);
  }

  #paint() {
    this.#result.paint([...this.#outgoing.items.values()], this.#student?.student_email);
    if (!this.#student) return;
    const waiting = this.#waitingFor(this.#student);
    this.#list.paint(this.#sent.newestFirst(waiting));
    if (!this.#isHeldBack || waiting.some(isUnanswered)) return;
    this.#isHeldBack = false;
    this.#load();
  }

  #say(words) {
    setText($("composer-note"), words);
  }
}

function forEachName(acts, change) {
  return Object.fromEntries(Object.entries(acts).map(([name, act]) => [name, change(act)]));
}
