/** One practice session: which sentence, how far, and in which status. Pure but for the clock it is given. */
import { SESSION_ID_LENGTH, STATUSES } from "../client/contract.js";
import { match } from "./sentence_match.js";

export const [STUDYING, IDLE, PAUSED, FINISHED] = STATUSES;
export const NOT_STARTED = "none"; // here only: the server has no word for it
// Whoever comes back after so long begins by pressing a button.
export const ABSENT_MS = 15 * 60_000;
const OUTCOMES = ["open", "done", "skipped"];

export class Practice {
  status = NOT_STARTED;
  sessionId = "";
  at = 0;
  typed = "";
  outcomes = []; // of each sentence: open, done or skipped
  best = 0; // the largest share of the current sentence that was ever right
  feedback = 0; // how many pieces of feedback came during the session
  #activeMs = 0;
  #activeSince = 0;
  #language;
  #sentences;
  #now;

  /**
   * Begin with `list`: its `language` and `sentences` with `id` and `text`; `kept` is what `toJSON` gave
   * before a reload, when the list may have been another, or anything else.
   */
  constructor({ language, sentences }, kept = null, now = Date.now) {
    this.#language = language;
    this.#sentences = sentences;
    this.#now = now;
    this.outcomes = sentences.map(() => "open");
    if (isPractice(kept)) this.#goOn(kept);
  }

  #goOn({ status, sessionId, ids, at, outcomes, typed, best, feedback, activeMs, keptAt }) {
    const isOld = this.#now() - keptAt > ABSENT_MS;
    if (isOld && status === FINISHED) return;
    const known = new Map(ids.map((id, index) => [id, outcomes[index]]));
    const here = this.#sentences.findIndex(({ id }) => id === ids[at]);
    const now = isOld ? PAUSED : status;
    Object.assign(this, { status: now, sessionId, feedback });
    this.outcomes = this.#sentences.map(({ id }) => known.get(id) ?? "open");
    // Of a sentence that is gone nothing is left: the next one stands in its place.
    if (here >= 0) Object.assign(this, { at: here, typed, best });
    else this.at = Math.min(at, this.all - 1);
    this.#activeMs = activeMs;
    this.#activeSince = this.#now();
  }

  get sentence() {
    return this.#sentences[this.at].text;
  }

  /** How well the current sentence was given. */
  get match() {
    return match(this.sentence, this.typed, this.#language);
  }

  /** Whether it was begun, and nothing was done yet. */
  get isUntouched() {
    return this.status === STUDYING && this.at === 0 && !this.typed && !this.best;
  }

  get isEnough() {
    return this.outcomes[this.at] === "done" || this.match.isEnough;
  }

  get done() {
    return this.#count("done");
  }

  get skipped() {
    return this.#count("skipped");
  }

  get all() {
    return this.#sentences.length;
  }

  /** Whole per cent of the session, from 0 to 100: sentences that count, and the best of the current one. */
  get progress() {
    const part = this.outcomes[this.at] === "open" ? this.best : 0;
    const whole = Math.round((100 * (this.done + part)) / this.all);
    return this.done === this.all ? 100 : Math.min(99, whole);
  }

  /** Whether a session is under way, paused or idle ones included. */
  get running() {
    return [STUDYING, IDLE, PAUSED].includes(this.status);
  }

  /** Milliseconds of practising, without pauses and idleness. */
  get activeMs() {
    return this.#activeMs + (this.status === STUDYING ? Math.max(0, this.#now() - this.#activeSince) : 0);
  }

  start(sessionId) {
    const outcomes = this.#sentences.map(() => "open");
    Object.assign(this, { sessionId, at: 0, typed: "", outcomes, best: 0, feedback: 0, status: NOT_STARTED });
    this.#activeMs = 0;
    this.#become(STUDYING);
  }

  resume() {
    if (this.running) this.#become(STUDYING);
  }

  /** Wait where it is, to go on as another session: meanwhile something else is practised. */
  setAside(sessionId) {
    this.pause();
    this.sessionId = sessionId;
  }

  pause() {
    if (this.running) this.#become(PAUSED);
  }

  idle() {
    if (this.status === STUDYING) this.#become(IDLE);
  }

  finish() {
    if (!this.running) return;
    this.#settle();
    this.#become(FINISHED);
  }

  /** Take what was typed, or said, so far. The same words again are no progress. */
  give(text) {
    this.resume();
    this.typed = text;
    const { isEnough, right, all } = this.match;
    this.best = isEnough ? 1 : Math.max(this.best, right / (all || 1));
    this.#settle();
  }

  /** Go to the next sentence; one that was not given well enough is skipped. After the last: finished. */
  next() {
    this.resume();
    if (!this.running) return;
    if (this.outcomes[this.at] === "open") this.outcomes[this.at] = "skipped";
    if (this.at === this.all - 1) {
      this.#become(FINISHED);
      return;
    }
    this.at += 1;
    this.typed = "";
    this.best = 0;
  }

  noteFeedback() {
    if (this.running) this.feedback += 1;
  }

  /** What is reported to the server; `skipped` and `done` only where there is something to say. */
  report() {
    const { status, sessionId, sentence, progress, skipped, done } = this;
    const report = { status, session_id: sessionId, current_sentence: sentence, progress };
    return { ...report, ...(skipped && { skipped }), ...(done && { done }) };
  }

  toJSON() {
    const { status, sessionId, at, typed, outcomes, best, feedback, activeMs } = this;
    const ids = this.#sentences.map(({ id }) => id);
    return { status, sessionId, ids, at, typed, outcomes, best, feedback, activeMs, keptAt: this.#now() };
  }

  #settle() {
    if (this.match.isEnough) this.outcomes[this.at] = "done";
  }

  #become(status) {
    this.#activeMs = this.activeMs;
    this.#activeSince = this.#now();
    this.status = status;
  }

  #count(outcome) {
    return this.outcomes.filter((each) => each === outcome).length;
  }
}

/** Whether `kept` is a practice that the server would take reports of. */
function isPractice(kept) {
  const { status, sessionId, ids, at, typed, outcomes, best, feedback, activeMs, keptAt } = kept ?? {};
  if (!STATUSES.includes(status) || !Array.isArray(ids) || !Number.isInteger(at) || !(at in ids)) return false;
  if (typeof sessionId !== "string" || !sessionId || sessionId.length > SESSION_ID_LENGTH) return false;
  if (!Array.isArray(outcomes) || outcomes.length !== ids.length) return false;
  if (!outcomes.every((outcome) => OUTCOMES.includes(outcome))) return false;
  const isAmount = (value) => Number.isFinite(value) && value >= 0;
  return [best, feedback, activeMs, keptAt].every(isAmount) && best <= 1 && typeof typed === "string";
}
