/** A tutor's feedback that the server has, and how far each has come. Pure. */
import { ACK_STATES } from "../client/contract.js";

const ORDER = ["unconfirmed", "queued", ...ACK_STATES];
const [WRITTEN] = ACK_STATES;

export class SentFeedback {
  /** `message_id` → item `{key, message_id, state, acknowledged, timestamp, …}`, whose key is the same. */
  items = new Map();
  #early = new Map(); // how far feedback has come of which the answer that names it has not

  /** Add feedback, or what is newly known of it; how far it has come never goes back. */
  put(item) {
    const { message_id: key } = item;
    const known = this.items.get(key);
    const early = this.#early.get(key);
    this.#early.delete(key);
    this.items.set(key, { ...known, ...item, key, ...furthest(furthest(known, item), early) });
  }

  /** Take a `feedback_status` in; returns false when its feedback is not known here. */
  advance(status) {
    const { message_id: id } = status;
    const item = this.items.get(id);
    if (item) this.items.set(id, { ...item, ...furthest(item, status) });
    else this.#early.set(id, furthest(this.#early.get(id), status));
    return Boolean(item);
  }

  /** Everything, and `others`, newest first. */
  newestFirst(others = []) {
    return [...this.items.values(), ...others].sort((a, b) => (a.timestamp < b.timestamp ? 1 : -1));
  }
}

/**
 * How far an item has come, in a word for people: what was written to a connection is only sent, until
 * the student's client has said that it has it. The network between may be gone without a sign.
 */
export function shownState({ state, acknowledged }) {
  return state === WRITTEN && !acknowledged ? "sent" : state;
}

/** The further of two, each of which may be missing. */
function furthest(a, b) {
  const further = ORDER.indexOf(b?.state) > ORDER.indexOf(a?.state) ? b : a;
  return { state: further?.state, acknowledged: Boolean(a?.acknowledged || b?.acknowledged) };
}
