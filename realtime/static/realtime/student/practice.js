/** One practice session: which sentence, how far, and in which status. Pure. */
import { STATUSES } from "../client/contract.js";

export const [STUDYING, IDLE, PAUSED, FINISHED] = STATUSES;
export const NOT_STARTED = "none"; // here only: the server has no word for it

export class Practice {
  status = NOT_STARTED;
  sessionId = "";
  at = 0;
  typed = "";
  #sentences;

  /** Begin with English `sentences`; `kept` is what `toJSON` gave before a reload. */
  constructor(sentences, kept = null) {
    this.#sentences = sentences;
    if (kept && sentences[kept.at] !== undefined) Object.assign(this, kept);
  }

  get sentence() {
    return this.#sentences[this.at];
  }

  /** Whole per cent of the session, from 0 to 100. */
  get progress() {
    if (this.status === NOT_STARTED) return 0;
    if (this.at === this.#sentences.length - 1 && this.#complete) return 100;
    const part = rightLength(this.sentence, this.typed) / this.sentence.length;
    return Math.min(99, Math.round((100 * (this.at + part)) / this.#sentences.length));
  }

  /** Whether a session is under way, paused or idle ones included. */
  get running() {
    return [STUDYING, IDLE, PAUSED].includes(this.status);
  }

  start(sessionId) {
    Object.assign(this, { status: STUDYING, sessionId, at: 0, typed: "" });
  }

  resume() {
    if (this.running) this.status = STUDYING;
  }

  pause() {
    if (this.running) this.status = PAUSED;
  }

  idle() {
    if (this.status === STUDYING) this.status = IDLE;
  }

  finish() {
    if (this.running) this.status = FINISHED;
  }

  type(text) {
    this.resume();
    this.typed = text;
  }

  /** Go to the next sentence; after the last one the session is finished. */
  next() {
    this.resume();
    if (this.at < this.#sentences.length - 1) {
      this.at += 1;
      this.typed = "";
    } else {
      this.typed = this.sentence;
      this.finish();
    }
  }

  choose(at) {
    if (!this.running) return;
    this.resume();
    this.at = at;
    this.typed = "";
  }

  /** What is reported to the server. */
  report() {
    return {
      status: this.status,
      session_id: this.sessionId,
      current_sentence: this.sentence,
      progress: this.progress,
    };
  }

  toJSON() {
    const { status, sessionId, at, typed } = this;
    return { status, sessionId, at, typed };
  }

  get #complete() {
    return rightLength(this.sentence, this.typed) === this.sentence.length;
  }
}

/** How many characters of `sentence` were typed right from its beginning, whatever their case. */
export function rightLength(sentence, typed) {
  const [wanted, given] = [sentence.toLowerCase(), typed.trimStart().toLowerCase()];
  let length = 0;
  while (length < wanted.length && wanted[length] === given[length]) length += 1;
  return length;
}
