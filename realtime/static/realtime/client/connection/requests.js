/** Messages that wait for their answer, by `message_id`. */
import { STORED_ERRORS } from "../contract.js";
import { later } from "./timers.js";

/** Why a message failed: a code of the server, or TIMEOUT, DISCONNECTED, OFFLINE. */
export class ClassroomError extends Error {
  constructor(code, message, frame = null) {
    super(message);
    this.name = "ClassroomError";
    this.code = code;
    this.frame = frame;
  }
}

export class Requests {
  #waiting = new Map();

  /** Wait for the answer to `message`; rejects with a ClassroomError after `timeout` ms at the latest. */
  expect(message, timeout) {
    const id = message.message_id;
    this.#take(id)?.reject(new ClassroomError("DISCONNECTED", "sent again"));
    return new Promise((resolve, reject) => {
      const timer = later(timeout, () => {
        this.#take(id)?.reject(new ClassroomError("TIMEOUT", `no answer to ${id} in ${timeout} ms`));
      });
      this.#waiting.set(id, { type: message.type, resolve, reject, timer });
    });
  }

  /** Give an answer to whoever waits for it. */
  settle(frame) {
    const id = frame.type === "ack" ? frame.message_id : frame.original_message_id;
    const request = this.#waiting.get(id);
    // Feedback is answered by how far it came, which says more than its ack.
    if (!request || (frame.type === "ack" && request.type === "feedback")) return;
    this.#take(id);
    if (frame.type === "message_error" && !STORED_ERRORS.includes(frame.code)) {
      request.reject(new ClassroomError(frame.code, frame.message, frame));
    } else request.resolve(frame);
  }

  /** Reject everything that waits: its socket is gone. */
  abandon() {
    for (const id of [...this.#waiting.keys()]) {
      this.#take(id).reject(new ClassroomError("DISCONNECTED", "the connection was lost"));
    }
  }

  #take(id) {
    const request = this.#waiting.get(id);
    if (request) {
      clearTimeout(request.timer);
      this.#waiting.delete(id);
    }
    return request;
  }
}
