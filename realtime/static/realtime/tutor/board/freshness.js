/** How old what a dashboard shows is: the age of our knowledge, which is not a student's silence. Pure. */
const ASK_MS = 8_000; // of silence, then a sign of life is asked for
const ANSWER_MS = 7_000;
const BRIEF_MS = 5_000; // a connection that is gone as long is "reconnecting", then what we know is old

export class Freshness {
  #heardAt = null;
  #askedAt = null;

  /** Something came from the server at `now`; all times are this device's, in epoch ms. */
  noteActivity(now) {
    this.#heardAt = now;
    this.#askedAt = null;
  }

  /** Whether to ask for a sign of life now; answers true once per silence. */
  shouldAsk(now) {
    if (this.#askedAt !== null || this.#heardAt === null || now - this.#heardAt < ASK_MS) return false;
    this.#askedAt = now;
    return true;
  }

  /**
   * How fresh it is, for a client's `state` and a `board`: `{kind, since}`. `kind` is live, connecting
   * (nothing known yet), reconnecting, stale or stopped; `since` when it was last right.
   */
  at(now, state, board) {
    return { kind: this.#kind(now, state, board), since: this.#heardAt };
  }

  /** The moment up to which anything is known: never later than what was heard allows. */
  knownUntil(now, isLive) {
    if (this.#heardAt === null) return now;
    return isLive ? Math.min(now, this.#heardAt + ASK_MS + ANSWER_MS) : this.#heardAt;
  }

  #kind(now, state, { complete, isCurrent }) {
    if (state === "stopped") return "stopped";
    if (this.#heardAt === null || !complete) return "connecting";
    const isSilent = this.#askedAt !== null && now - this.#askedAt >= ANSWER_MS;
    if (state === "open" && isCurrent && !isSilent) return "live";
    return now - this.#heardAt < BRIEF_MS ? "reconnecting" : "stale";
  }
}
