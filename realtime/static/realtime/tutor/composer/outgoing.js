/**
 * Feedback on its way out: kept in the browser until the server has answered, sent in order to each student,
 * and once, whatever becomes of the network or the page. Nothing of a page here.
 */
const HOUR_MS = 60 * 60 * 1000;
const KEY_LASTS_MS = 23 * HOUR_MS; // the server knows a key for 24 h: until then a repetition is none
const LASTS_MS = 30 * 24 * HOUR_MS;
const MOST = 1_000;
const AT_ONCE = 4;
const SHORTEST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 30_000;
const STALE_MS = 1_500; // a call older than this when the line is back went into the dead one

const isText = (value) => typeof value === "string";
const TEXTS = ["key", "student_email", "session_id", "message", "message_type", "timestamp"];
const isItem = (item) => TEXTS.every((name) => isText(item?.[name])) && ["waiting", "failed"].includes(item.state);

/** Whether the same call may go well later. */
function isPassing({ status }) {
  return !status || status === 408 || status === 429 || status >= 500;
}

export class Outgoing {
  /** Key → item: feedback as the API takes it, with `key`, `timestamp`, `state` (waiting, sending, failed), `isTried`, `error`, `fields`. */
  items = new Map();
  #options;
  #busy = new Map(); // student → {controller, since} of the call under way
  #pausedUntil = 0;
  #pause = 0;
  #timer = null;

  /**
   * `kept` is the KeptValue of a list; `post(item, signal)` answers what the server says, or rejects with
   * `{status, message, fields, retryAfter}`. `changed()` is called after any change, `answered(item, frame)`
   * when an item is done.
   */
  constructor({ kept, post, changed, answered, isOnline = () => true, newKey, now = Date.now }) {
    this.#options = { kept, post, changed, answered, isOnline, newKey, now };
    const oldest = now() - LASTS_MS;
    for (const item of (kept.read() ?? []).filter(isItem)) {
      if (Date.parse(item.timestamp) >= oldest) this.items.set(item.key, this.#isOld(item) ? { ...item, state: "failed", error: null } : item);
    }
  }

  /** Take feedback in, and send it as soon as it can be; false when there is too much already. */
  add(items) {
    if (this.items.size + items.length > MOST) return false;
    const waiting = items.map((item) => ({ ...item, state: "waiting", isTried: false }));
    for (const item of waiting) this.items.set(item.key, item);
    this.#keep(waiting, []);
    this.wake();
    return true;
  }

  /** Try one that failed again. */
  retry(key) {
    const item = this.items.get(key);
    if (!item || item.state === "sending") return;
    const again = { ...item, state: "waiting", error: null, fields: null };
    if (this.#isOld(item)) Object.assign(again, { key: this.#options.newKey(), isTried: false, timestamp: new Date(this.#options.now()).toISOString() });
    this.items.delete(key);
    this.items.set(again.key, again);
    this.#keep([again], [key]);
    this.wake();
  }

  /** Give one up that is not being sent: it is thrown away, or written anew. */
  remove(key) {
    if (this.items.get(key)?.state === "sending") return null;
    const item = this.items.get(key) ?? null;
    this.items.delete(key);
    this.#keep([], [key]);
    this.#options.changed();
    return item;
  }

  /** The network is back, or may be: try now. */
  wake() {
    this.#pausedUntil = 0;
    for (const { controller, since } of this.#busy.values()) {
      if (this.#options.now() - since > STALE_MS) controller.abort();
    }
    this.#send();
  }

  /** Forget everything: the next person at this computer is another one. */
  forget() {
    this.items.clear();
    this.#options.kept.remove();
  }

  #send() {
    clearTimeout(this.#timer);
    const wait = this.#pausedUntil - this.#options.now();
    if (wait > 0) this.#timer = setTimeout(() => this.#send(), wait);
    else if (this.#options.isOnline()) this.#sendWaiting();
    this.#options.changed();
  }

  #sendWaiting() {
    for (const item of this.items.values()) {
      if (this.#busy.size >= AT_ONCE) return;
      if (item.state !== "waiting" || this.#busy.has(item.student_email)) continue;
      if (this.#isKept(item)) this.#call(item);
      else this.items.delete(item.key); // another tab sent it, or gave it up
    }
  }

  async #call(item) {
    const controller = new AbortController();
    this.#busy.set(item.student_email, { controller, since: this.#options.now() });
    this.items.set(item.key, { ...item, state: "sending", isTried: true });
    this.#keep([{ ...item, isTried: true }], []);
    try {
      const frame = await this.#options.post(item, controller.signal);
      this.#pause = 0;
      this.items.delete(item.key);
      this.#keep([], [item.key]);
      this.#options.answered(item, frame);
    } catch (error) {
      this.#refused({ ...item, isTried: true }, error, controller.signal.aborted);
    }
    this.#busy.delete(item.student_email);
    this.#send();
  }

  #refused(item, error, wasStale) {
    const isWaiting = isPassing(error);
    const fields = error.fields ?? null;
    const next = { ...item, state: isWaiting ? "waiting" : "failed", error: error.message || null, status: error.status ?? 0, fields };
    if (this.items.has(item.key)) this.items.set(item.key, next);
    this.#keep([next], []);
    if (!isWaiting || wasStale) return;
    this.#pause = Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, this.#pause * 2));
    this.#pausedUntil = this.#options.now() + Math.max(this.#pause, error.retryAfter ?? 0);
  }

  #isOld({ timestamp }) {
    return this.#options.now() - Date.parse(timestamp) > KEY_LASTS_MS;
  }

  #isKept({ key }) {
    return (this.#options.kept.read() ?? []).map((item) => item?.key).includes(key);
  }

  // Another tab keeps its own there, too: only what changes here is written anew, in its place.
  #keep(changed, gone) {
    const next = new Map((this.#options.kept.read() ?? []).map((item) => [item?.key, item]));
    for (const key of gone) next.delete(key);
    for (const { fields, error, ...item } of changed) next.set(item.key, { ...item, ...(fields && { fields }), ...(error && { error }) });
    if (next.size) this.#options.kept.write([...next.values()].slice(-MOST));
    else this.#options.kept.remove();
  }
}
