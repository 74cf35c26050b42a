/** Lets feedback sound, one piece after another: of what comes in one go only the newest. */
import { KeptValue, alone } from "../client/browser_storage.js";

const GATHER_MS = 700; // what follows within this time is one go
// Some browsers never say that a sound has ended: it holds up others no longer than this.
const LONGEST_AUDIO_MS = 300_000;
const longestSpeechMs = (message) => 5_000 + 200 * message.length;
const SPEECH_OUTCOMES = { "not-allowed": "refused", canceled: "stopped", interrupted: "stopped" };
const PLAY_OUTCOMES = { NotAllowedError: "refused", AbortError: "stopped" };
const KEPT = 1_000;
const KEY = "speaktracker.spoken";
const heard = new KeptValue("localStorage", KEY, Array.isArray);

export class ReadAloud {
  #play;
  #claim;
  #waiting = [];
  #timer = 0;
  #sounds = false;

  /**
   * `play(frame)` promises the end of its sound. `claim(ids)` promises whether the last of them is
   * still to be heard, and notes that all are done with: two tabs sound once.
   */
  constructor(play, claimed = claim) {
    this.#play = play;
    this.#claim = claimed;
  }

  /** Let `frame` sound soon, unless a newer one comes before its turn. */
  add(frame) {
    this.#waiting.push(frame);
    if (!this.#sounds) this.#gather();
  }

  #gather() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#sound(), GATHER_MS);
  }

  async #sound() {
    const together = this.#waiting.splice(0);
    this.#sounds = true;
    try {
      const mine = await this.#claim(together.map((frame) => frame.message_id));
      if (mine) await this.#play(together.at(-1));
    } finally {
      this.#sounds = false;
      if (this.#waiting.length) this.#gather();
    }
  }
}

/** Whether the last of `ids` was not heard yet in any tab; note all of them. */
async function claim(ids) {
  const take = () => {
    const spoken = heard.read() ?? [];
    if (spoken.includes(ids.at(-1))) return false;
    heard.write([...spoken, ...ids].slice(-KEPT));
    return true;
  };
  return alone(KEY, take);
}

/** Which of our two languages a text is in: "ko" or "en". */
export const languageOf = (message) => (/[\u3131-\u318e\uac00-\ud7a3]/.test(message) ? "ko" : "en");

/**
 * Read `message` aloud; promises how that ended: "ended", "refused" (the browser wants a press first),
 * "unsupported", or "failed".
 */
export function speak(message) {
  if (!globalThis.speechSynthesis) return Promise.resolve("unsupported");
  const utterance = new SpeechSynthesisUtterance(message);
  utterance.lang = languageOf(message) === "ko" ? "ko-KR" : "en-US";
  return new Promise((resolve) => {
    utterance.onend = () => resolve("ended");
    utterance.onerror = (event) => resolve(SPEECH_OUTCOMES[event?.error] ?? "failed");
    speechSynthesis.speak(utterance);
    setTimeout(() => resolve("failed"), longestSpeechMs(message));
  });
}

/**
 * Play an audio element; promises how that ended: "ended", "stopped", "refused" (the browser wants a press
 * first) or "failed" (it cannot be loaded or understood).
 */
export function playAudio(audio) {
  return new Promise((resolve) => {
    const outcomes = { ended: "ended", pause: "stopped", error: "failed" };
    for (const [type, outcome] of Object.entries(outcomes)) {
      audio.addEventListener(type, () => resolve(outcome), { once: true });
    }
    audio.play().catch(({ name }) => resolve(PLAY_OUTCOMES[name] ?? "failed"));
    setTimeout(() => resolve("failed"), LONGEST_AUDIO_MS);
  });
}
