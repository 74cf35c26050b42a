/** Which feedback this client has had, and how far each was acknowledged. */
const KEPT = 1_000;
const ORDER = { delivered: 1, seen: 2, played: 3 };

export class ReceivedFeedback {
  #states = new Map();
  #unsent = new Set();

  /** Tell whether feedback `id` is new here; the same feedback may come on every new connection. */
  isNew(id) {
    return !this.#states.has(id);
  }

  /** Note that feedback `id` came as far as `state`; a state never goes back. */
  note(id, state) {
    const known = this.#states.get(id);
    if (!known || ORDER[state] > ORDER[known]) this.#states.set(id, state);
    this.#unsent.add(id);
    if (this.#states.size > KEPT) this.#states.delete(this.#states.keys().next().value);
  }

  /** Take what is to be acknowledged now, as `feedback_ack` messages of at most 100 each. */
  take() {
    const messages = [];
    for (const state of Object.keys(ORDER)) {
      const ids = [...this.#unsent].filter((id) => this.#states.get(id) === state);
      for (let at = 0; at < ids.length; at += 100) {
        messages.push({ type: "feedback_ack", state, message_ids: ids.slice(at, at + 100) });
      }
    }
    this.#unsent.clear();
    return messages;
  }
}
