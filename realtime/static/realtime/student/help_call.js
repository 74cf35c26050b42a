/** A student's question to the tutor, from asking to the answer. Pure. */
import { HELP_NOTE_LENGTH } from "../client/contract.js";

const OPEN = ["asked", "seen"];

export class HelpCall {
  /** One of none, asked, seen, answered. */
  state = "none";
  /** What is to be said to the server as soon as there is a connection: "ask", "withdraw" or "". */
  waits = "";
  note = "";
  #at = "";

  get isOpen() {
    return OPEN.includes(this.state);
  }

  ask(note) {
    this.note = note.trim().slice(0, HELP_NOTE_LENGTH);
    this.waits = "ask";
  }

  withdraw() {
    // A question that never went out is simply not asked.
    this.waits = this.isOpen ? "withdraw" : "";
  }

  /** The message that waits, for the server. */
  message() {
    const { waits, note } = this;
    if (!waits) return null;
    return { type: "help", action: waits, ...(waits === "ask" && note ? { note } : {}) };
  }

  /** The server took, or refused for good, what waited. */
  settled() {
    this.waits = "";
  }

  /** Take what the server says of the question; an older word changes nothing. */
  learn({ state, timestamp }) {
    if (timestamp && timestamp < this.#at) return;
    this.#at = timestamp ?? this.#at;
    this.state = state === "withdrawn" ? "none" : state;
    if ((this.waits === "ask" && this.isOpen) || (this.waits === "withdraw" && !this.isOpen)) this.settled();
  }
}
