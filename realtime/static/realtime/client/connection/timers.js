/** Timers that are never sooner than they were set for: setTimeout fires at once beyond 2^31-1 ms. */
export const LONGEST_MS = 2 ** 31 - 1;

/** Run once after `wait` ms, or after 24 days where that is longer; for `clearTimeout`. */
export function later(wait, run) {
  return setTimeout(run, Math.min(wait, LONGEST_MS));
}

/** A timer of any length; setting it again replaces what it was set for. */
export class LongTimer {
  #id = 0;

  set(wait, run) {
    this.stop();
    const rest = wait - LONGEST_MS;
    this.#id = later(wait, rest > 0 ? () => this.set(rest, run) : run);
  }

  stop() {
    clearTimeout(this.#id);
  }
}
