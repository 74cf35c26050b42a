/** Notices a dead connection: asks for a sign of life and gives up when none comes. */
import { later } from "./timers.js";

const ANSWER_MS = 10_000;

export class Heartbeat {
  #ask;
  #dead;
  #every = 25_000;
  #timer = 0;
  #deadline = 0;

  /** `ask()` sends a ping, `dead()` is called when nothing at all came after it. */
  constructor(ask, dead) {
    this.#ask = ask;
    this.#dead = dead;
  }

  /** Begin, with a ping after each `seconds` of silence. */
  start(seconds) {
    this.stop();
    this.#every = seconds * 1000;
    this.#timer = later(this.#every, () => this.check());
  }

  /** Any frame is a sign of life. */
  noteActivity() {
    if (this.#timer || this.#deadline) this.start(this.#every / 1000);
  }

  /** Ask now, and wait `within` ms for anything to come. */
  check(within = ANSWER_MS) {
    if (this.#deadline) return;
    this.#deadline = setTimeout(() => {
      this.stop();
      this.#dead();
    }, within);
    this.#ask();
  }

  stop() {
    clearTimeout(this.#timer);
    clearTimeout(this.#deadline);
    this.#timer = this.#deadline = 0;
  }
}
