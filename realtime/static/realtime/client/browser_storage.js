/**
 * What a browser keeps for us, as a convenience that may be denied, full, or hold what another version
 * wrote: it never throws, and nothing waits for it.
 */
const LOCK_MS = 2_000;

/** One value under one key. What cannot be kept lasts as long as the page. */
export class KeptValue {
  #area;
  #key;
  #isValid;
  #unkept = null; // {value} that the browser did not take

  /**
   * `area` is "localStorage", "sessionStorage" or anything with `getItem`, `setItem` and `removeItem`;
   * `isValid(value)` knows what this version can use.
   */
  constructor(area, key, isValid) {
    this.#area = area;
    this.#key = key;
    this.#isValid = isValid;
  }

  /** What was kept; null when there is nothing, or nothing of use. */
  read() {
    if (this.#unkept) return this.#unkept.value;
    try {
      const value = parsed(this.#open().getItem(this.#key));
      return this.#isValid(value) ? value : null;
    } catch {
      return null;
    }
  }

  /** Keep `value` instead. */
  write(value) {
    try {
      this.#open().setItem(this.#key, JSON.stringify(value));
      this.#unkept = null;
    } catch {
      this.remove(); // what stands there is out of date: the next page had better find nothing
      this.#unkept = { value };
    }
  }

  /** Keep nothing any more. */
  remove() {
    this.#unkept = null;
    try {
      this.#open().removeItem(this.#key);
    } catch {
      // It cannot be read either, or stays as it is.
    }
  }

  #open() {
    // By name, since the mere access throws where storage is denied.
    return typeof this.#area === "string" ? globalThis[this.#area] : this.#area;
  }
}

/** The value a text stands for; older versions kept plain words. */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * Do `work` in one tab at a time, as far as the browser knows how, and answer what it answers. After
 * `within` ms it is this tab's turn in any case: another one may be frozen with the lock in its hands.
 */
export async function alone(name, work, within = LOCK_MS) {
  let begun = false;
  const begin = () => {
    begun = true;
    return work();
  };
  try {
    const signal = AbortSignal.timeout(within);
    return await globalThis.navigator.locks.request(name, { signal }, begin);
  } catch (error) {
    if (begun) throw error;
    return work();
  }
}
