/**
 * Which of a person's tabs practises: one, and the others know. Where tabs cannot speak to each other
 * (no BroadcastChannel) each one takes itself for the only one.
 */
const ANSWER_MS = 150; // how long another tab may take to say that it practises

const CHECK_MS = 2_000; // a tab that was closed, or crashed, may have had no time to say so

export class PracticeTabs extends EventTarget {
  #id;
  #channel;
  #since = 0;
  #now;
  #isAnswered = false;
  #check = 0;

  /** One of asking, active, waiting (another tab practises). */
  state = "asking";

  /** `channel` is a BroadcastChannel of this person's tabs, or null. */
  constructor(id, channel, now = Date.now) {
    super();
    this.#id = id;
    this.#channel = channel;
    this.#now = now;
    if (channel) channel.onmessage = ({ data }) => this.#receive(data ?? {});
  }

  /** Ask whether another tab practises; the answer comes as a `state` event. */
  open() {
    if (!this.#channel) return this.#become("active");
    this.#say("who");
    setTimeout(() => this.state === "asking" && this.#activate(), ANSWER_MS);
  }

  /** Practise here from now on. The other tab hands over, by storage, what it has. */
  takeOver() {
    this.#since = this.#now();
    this.#say("take");
    // What the other one wrote last is there once it has answered, or had the time to.
    setTimeout(() => this.#activate(), ANSWER_MS);
  }

  /** This tab goes: one that waits may practise. */
  leave() {
    if (this.state === "active") this.#say("gone");
  }

  #receive({ says, id, since }) {
    if (says === "who") this.#answer(id);
    if (says === "mine") this.#learn(id, since);
    if (says === "take" && this.#isLater(id, since)) this.#become("waiting");
    if (says === "gone") this.#free();
  }

  #answer(id) {
    // Of two that ask at the same time one practises.
    if (this.state === "active" || (this.state === "asking" && this.#id < id)) this.#say("mine");
  }

  #learn(id, since) {
    this.#isAnswered = true;
    if (this.state === "asking" || (this.state === "active" && this.#isLater(id, since))) this.#become("waiting");
  }

  /** Whether the other tab took the practice after this one; of two at once the greater id. */
  #isLater(id, since) {
    return since > this.#since || (since === this.#since && id > this.#id);
  }

  #activate() {
    this.#since ||= this.#now();
    this.#become("active");
    this.#say("mine");
  }

  #become(state) {
    if (this.state === state) return;
    this.state = state;
    clearInterval(this.#check);
    this.#isAnswered = true;
    if (state === "waiting") this.#check = setInterval(() => this.#askAgain(), CHECK_MS);
    this.dispatchEvent(new Event("state"));
  }

  #askAgain() {
    if (!this.#isAnswered) this.#free();
    this.#isAnswered = false;
    this.#say("who");
  }

  /** Nobody practises any more. */
  #free() {
    if (this.state === "waiting") this.dispatchEvent(new Event("free"));
  }

  #say(says) {
    this.#channel?.postMessage({ says, id: this.#id, since: this.#since });
  }
}
