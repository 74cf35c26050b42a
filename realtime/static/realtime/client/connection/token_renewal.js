/** Has a fresh token sent before the old one ends, for as long as one connection stands. */
import { tokenEnd } from "./frames.js";
import { LongTimer } from "./timers.js";

const BEFORE_END_MS = 60_000;
const LEAST_MS = 5_000;

export class TokenRenewal {
  #ask;
  #send;
  #now;
  #timer = new LongTimer();
  #token = null;
  #renewAt = 0;
  #askingFor = null; // the token in whose place a fresh one was asked for

  /** `ask()` resolves with a token, `send(token)` sends it, `now()` is the server's clock in ms. */
  constructor(ask, send, now) {
    this.#ask = ask;
    this.#send = send;
    this.#now = now;
  }

  /** Begin with the token that a connection is opened with; null: there is nothing to renew. */
  start(token) {
    this.stop();
    this.#token = token;
  }

  /**
   * Reckon anew when to renew, by the server's clock as it is known now: a minute before the end, but
   * not before half of what is left, so that no clock and no short token makes it a flood.
   */
  schedule() {
    const end = this.#token ? tokenEnd(this.#token) : 0;
    if (!end) return; // the server says when it is over
    const left = end - this.#now();
    this.#renewAt = this.#now() + Math.max(left / 2, left - BEFORE_END_MS, LEAST_MS);
    this.wake();
  }

  /** Wait for the moment that was reckoned: timers stand still while a device sleeps. */
  wake() {
    if (this.#renewAt) this.#timer.set(this.#renewAt - this.#now(), () => this.renew());
  }

  /** Ask for a fresh token and send it; one that is no fresher is not worth sending. */
  async renew() {
    const old = this.#token;
    if (!old || this.#askingFor === old) return;
    this.#askingFor = old;
    const fresh = await this.#ask().catch(() => null);
    if (old !== this.#token) return; // another connection meanwhile
    this.#askingFor = null;
    const end = fresh ? tokenEnd(fresh) : 0;
    if (fresh && fresh !== old && (!end || end > this.#now())) {
      this.#token = fresh;
      this.#send(fresh);
    }
    this.schedule();
  }

  stop() {
    this.#timer.stop();
    this.#token = null;
    this.#renewAt = 0;
  }
}
