/** A tutor's sent feedback and how far each has come. Pure. */
import { ACK_STATES } from "../client/contract.js";

const ORDER = ["sending", "failed", "unconfirmed", "queued", ...ACK_STATES];

export class SentFeedback {
  /** Key (the `message_id` once known) → item `{key, message_id, state, timestamp, …}`. */
  items = new Map();
  #early = new Map(); // states that came before the answer that names their message

  /** Add feedback, or what is newly known of it; a state never goes back. */
  put(item) {
    const known = this.items.get(item.key);
    const early = this.#early.get(item.message_id);
    this.#early.delete(item.message_id);
    const state = furthest(furthest(known?.state, item.state), early);
    this.items.set(item.key, { ...known, ...item, state });
  }

  /** An item is being tried again. */
  retry(key) {
    const item = this.items.get(key);
    if (item) this.items.set(key, { ...item, state: "sending", error: null });
  }

  /** An item was given its `message_id`: it is known by it from now on. */
  answered(key, item) {
    const { error: _, ...known } = this.items.get(key) ?? {};
    this.items.delete(key);
    this.put({ ...known, ...item, key: item.message_id });
  }

  /** Take a `feedback_status` in; returns false when its feedback is not known here. */
  advance({ message_id: id, state }) {
    const item = this.items.get(id);
    if (item) this.items.set(id, { ...item, state: furthest(item.state, state) });
    else this.#early.set(id, furthest(this.#early.get(id), state));
    return Boolean(item);
  }

  /** Everything, newest first. */
  newestFirst() {
    return [...this.items.values()].sort((a, b) => (a.timestamp < b.timestamp ? 1 : -1));
  }
}

function furthest(a, b) {
  return ORDER.indexOf(b) > ORDER.indexOf(a) ? b : a;
}
