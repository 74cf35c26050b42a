/** A student's latest status on its way to the server: only the newest matters, never a backlog. */
import { PASSING_ERRORS, STATUSES } from "./contract.js";
import { later } from "./connection/timers.js";

const [, , , FINISHED] = STATUSES;
const PAUSE_MS = 300; // well under ten messages a second, with another tab open
const RETRY_MS = 2_000;
const RETRIED = new Set([...PASSING_ERRORS, "TIMEOUT"]);

export class LatestStatus {
  #request;
  #latest = null;
  #fresh = false;
  #open = false;
  #timer = 0;

  /** `request(status)` sends one and resolves on its ack. */
  constructor(request) {
    this.#request = request;
  }

  /** Send `status` soon; one that still waits gives way to it. With null nothing is said any longer. */
  put(status) {
    this.#latest = status;
    this.#fresh = status !== null;
    this.#soon(0);
  }

  /** Connected (again): what the server may have forgotten is said again. */
  opened() {
    this.#open = true;
    // A finished session that was reported is over: saying it again would only flicker at the tutor's.
    if (this.#latest && this.#latest.status !== FINISHED) this.#fresh = true;
    this.#soon(0);
  }

  closed() {
    this.#open = false;
    clearTimeout(this.#timer);
    this.#timer = 0;
  }

  #soon(wait) {
    if (this.#timer || !this.#open || !this.#fresh) return;
    this.#timer = setTimeout(() => this.#send(), wait);
  }

  async #send() {
    // The timer stays set until the pause is over, so that whatever comes meanwhile waits.
    const sent = this.#latest;
    this.#fresh = false;
    let pause = PAUSE_MS;
    this.#timer = setTimeout(() => this.#rest(), pause);
    try {
      await this.#request(sent);
    } catch (error) {
      if (sent !== this.#latest) return; // a newer one is on its way or has arrived
      if (error.code === "DISCONNECTED" || error.code === "OFFLINE") this.#fresh = true;
      if (!RETRIED.has(error.code)) return;
      this.#fresh = true;
      pause = error.frame?.retry_after_ms ?? RETRY_MS;
      clearTimeout(this.#timer);
      this.#timer = this.#open ? later(pause, () => this.#rest()) : 0;
    }
  }

  #rest() {
    this.#timer = 0;
    this.#soon(0);
  }
}
