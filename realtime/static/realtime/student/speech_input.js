/** Hears one sentence by the browser's own speech recognition, and says in one word how that ended. */
const BEGIN_MS = 10_000; // a recogniser that is there but never begins
const LONGEST_MS = 60_000;
const ALTERNATIVES = 3;
const VOICES = { en: "en-US", ko: "ko-KR" };
// What a browser's error means for the student.
const OUTCOMES = {
  "not-allowed": "refused", "service-not-allowed": "unavailable", "language-not-supported": "unavailable",
  network: "offline", "audio-capture": "no_microphone", "no-speech": "silent", aborted: "stopped",
};

/** The browser's recogniser; undefined where it has none. */
export const recogniser = () => globalThis.SpeechRecognition ?? globalThis.webkitSpeechRecognition;

export class SpeechInput {
  #Recognition;
  #on;
  #current = null;
  #timer = 0;

  /**
   * `on` has `words(candidates, isFinal)`, `voice()` for every sign of a voice, and `end(outcome)`: one
   * of heard, stopped, silent, refused, unavailable, offline, no_microphone.
   */
  constructor(on, Recognition = recogniser()) {
    this.#on = on;
    this.#Recognition = Recognition;
  }

  get listens() {
    return this.#current !== null;
  }

  /** Listen for a sentence in `language`: "en" or "ko". */
  start(language = "en") {
    if (this.listens) return;
    const recognition = new this.#Recognition();
    Object.assign(recognition, { lang: VOICES[language], interimResults: true, continuous: false, maxAlternatives: ALTERNATIVES });
    let outcome = "silent";
    recognition.onstart = () => this.#within(LONGEST_MS, () => recognition.stop());
    recognition.onsoundstart = recognition.onspeechstart = () => this.#on.voice();
    recognition.onresult = (event) => {
      if (this.#current !== recognition) return;
      outcome = "heard";
      this.#on.voice();
      this.#on.words(candidatesOf(event.results), event.results[event.results.length - 1].isFinal);
    };
    recognition.onerror = ({ error }) => (outcome = OUTCOMES[error] ?? "unavailable");
    recognition.onend = () => this.#ended(recognition, outcome);
    this.#current = recognition;
    this.#within(BEGIN_MS, () => this.#ended(recognition, "unavailable"));
    try {
      recognition.start();
    } catch {
      this.#ended(recognition, "unavailable");
    }
  }

  /** Listen no longer; what was said so far still counts. */
  stop() {
    this.#current?.stop();
  }

  /** Listen no longer, at once: what still comes belongs to nothing. */
  abort() {
    const recognition = this.#current;
    if (!recognition) return;
    this.#ended(recognition, "stopped");
    recognition.abort?.();
  }

  #ended(recognition, outcome) {
    if (this.#current !== recognition) return;
    clearTimeout(this.#timer);
    this.#current = null;
    this.#on.end(outcome);
  }

  #within(ms, act) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, ms);
  }
}

/** What may have been said: all parts together, by the recogniser's first, second and third guess. */
function candidatesOf(results) {
  const guess = (at) => [...results].map((result) => (result[at] ?? result[0]).transcript.trim()).join(" ").trim();
  return Array.from({ length: ALTERNATIVES }, (_, at) => guess(at)).filter(Boolean);
}
