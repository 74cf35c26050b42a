/** The help control: one press asks, a note may go with it; it shows asked, seen and answered. */
import { KeptValue } from "../client/browser_storage.js";
import { get } from "../pages/api.js";
import { $, setText, showTime, text } from "../pages/page.js";
import { onSubmit } from "../pages/submitting.js";
import { HelpCall } from "./help_call.js";

const SETTLE_MS = 2_000; // how long after a connect the server's word on an open question may take

export class HelpControl {
  #call = new HelpCall();
  #client;
  #draft;
  #heard = false; // whether the server spoke of the question since the last connect
  #at = "";
  #problem = "";
  #finished = false;

  constructor(client, area, owner) {
    this.#client = client;
    const isNote = (found) => found?.owner === owner && typeof found.note === "string";
    this.#draft = new KeptValue(area, `speaktracker.help_note:${owner}`, isNote);
    this.#call.note = $("help-note").value = this.#draft.read()?.note ?? "";
    $("help-note").addEventListener("input", ({ target }) => this.#draft.write({ owner, note: target.value }));
    onSubmit($("help-form"), () => this.#ask());
    $("help-withdraw").addEventListener("click", () => this.#withdraw());
    client.addEventListener("help", ({ detail }) => this.#learn(detail));
    client.addEventListener("state", ({ detail }) => detail.state === "open" && this.#connected());
    this.#paint();
  }

  /** Whoever has finished is out of class: the server takes no question of theirs. */
  practiceIs(finished) {
    this.#finished = finished;
    this.#paint();
  }

  #ask() {
    if (this.#finished) return;
    this.#call.ask($("help-note").value);
    this.#send();
  }

  #withdraw() {
    this.#call.withdraw();
    this.#send();
    $("help-ask").focus();
  }

  async #send() {
    const message = this.#call.message();
    this.#problem = "";
    this.#paint();
    if (!message) return;
    try {
      await this.#client.request(message);
      this.#call.settled();
    } catch (error) {
      // Without a connection it waits for the next one; what was refused does not.
      if (!["OFFLINE", "DISCONNECTED", "TIMEOUT"].includes(error.code)) {
        this.#call.settled();
        this.#problem = error.message;
      }
    }
    this.#paint();
  }

  #connected() {
    this.#heard = false;
    if (this.#call.waits) this.#send();
    if (this.#call.isOpen) setTimeout(() => this.#heard || this.#lookUp(), SETTLE_MS);
  }

  /** A question that was open before the connection was lost, and of which the server says nothing now. */
  async #lookUp() {
    const found = await get("/api/student/help").catch(() => null);
    if (found && !this.#heard) this.#learn(found);
  }

  #learn(frame) {
    this.#heard = true;
    this.#at = frame.timestamp ?? this.#at;
    this.#call.learn(frame);
    if (frame.note) this.#call.note = frame.note;
    if (this.#call.state === "answered") this.#clearNote();
    this.#paint();
  }

  #clearNote() {
    $("help-note").value = "";
    this.#draft.write(null);
  }

  #paint() {
    const { state, isOpen, waits } = this.#call;
    $("help").dataset.help = state;
    $("help").dataset.waits = waits;
    $("help-form").hidden = isOpen || waits === "ask";
    $("help-withdraw").hidden = !isOpen && waits !== "ask";
    $("help-ask").disabled = this.#finished;
    $("help-own").hidden = !this.#call.note || $("help-withdraw").hidden;
    setText($("help-own"), this.#call.note);
    const line = waits && this.#client.state !== "open" ? `help.waits_${waits}` : `help.${state}`;
    setText($("help-state"), this.#problem || (this.#finished && !isOpen ? text("help.finished") : text(line)));
    $("help-time").hidden = state === "none" || !this.#at || (this.#finished && !isOpen);
    if (this.#at) showTime($("help-time"), this.#at);
    for (const step of $("help-steps").children) step.classList.toggle("is-reached", reached(state, step.dataset.step));
    $("help-steps").hidden = state === "none";
  }
}

const STEPS = ["asked", "seen", "answered"];
const reached = (state, step) => STEPS.indexOf(state) >= STEPS.indexOf(step);
