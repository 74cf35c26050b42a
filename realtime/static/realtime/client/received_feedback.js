/** Which feedback this client has had, and how far each was acknowledged. */
import { ACK_STATES, MESSAGE_IDS_PER_ACK } from "./contract.js";

const KEPT = 1_000;

export class ReceivedFeedback {
  #states = new Map();
  #unsent = new Set();
  #came = new Set();

  /**
   * Note that feedback `id` came; tell whether it is new here. The same may come on every new
   * connection. What a page knew and acknowledged before it came, from a list, is new all the same.
   */
  noteArrival(id) {
    this.note(id, "delivered");
    if (this.#came.has(id)) return false;
    this.#came.add(id);
    if (this.#came.size > KEPT) this.#came.delete(this.#came.values().next().value);
    return true;
  }

  /** Note that feedback `id` came as far as `state`; a state never goes back. */
  note(id, state) {
    const known = this.#states.get(id);
    if (!known || ACK_STATES.indexOf(state) > ACK_STATES.indexOf(known)) this.#states.set(id, state);
    this.#unsent.add(id);
    if (this.#states.size > KEPT) this.#states.delete(this.#states.keys().next().value);
  }

  /** Take what is to be acknowledged now, as `feedback_ack` messages of as many as one may name. */
  take() {
    const messages = [];
    for (const state of ACK_STATES) {
      const ids = [...this.#unsent].filter((id) => this.#states.get(id) === state);
      for (let at = 0; at < ids.length; at += MESSAGE_IDS_PER_ACK) {
        messages.push({ type: "feedback_ack", state, message_ids: ids.slice(at, at + MESSAGE_IDS_PER_ACK) });
      }
    }
    this.#unsent.clear();
    return messages;
  }
}
