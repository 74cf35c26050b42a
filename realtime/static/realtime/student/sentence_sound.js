/** The button that lets the sentence sound: its recording where there is one, else the browser's voice. */
import { $, setText, text } from "../pages/page.js";
import { playAudio, speak } from "./read_aloud.js";

export class SentenceSound {
  #sentence = null;
  #audio = null; // the recording that plays, or true for the voice

  /** `onPlay()` is called before it sounds. */
  constructor(onPlay) {
    $("play").addEventListener("click", () => {
      if (this.#audio) return this.#stop();
      onPlay();
      this.#play(this.#sentence);
    });
  }

  /** Sound as `sentence` from now on; what sounds of another one stops. */
  show(sentence) {
    if (this.#sentence === sentence) return;
    this.#stop();
    this.#sentence = sentence;
    this.#say("");
    this.#paint();
  }

  #stop() {
    if (this.#audio === true) speechSynthesis.cancel();
    else this.#audio?.pause();
    this.#audio = null;
    this.#paint();
  }

  async #play(sentence) {
    this.#say("");
    let outcome = sentence.audio_url ? await this.#sound(new Audio(sentence.audio_url)) : "none";
    if (this.#sentence !== sentence) return;
    if (outcome === "failed") this.#say("feedback.audio_failed");
    if (["failed", "none"].includes(outcome) && globalThis.speechSynthesis) {
      outcome = await this.#sound(true, () => speak(sentence.text));
      if (outcome === "failed" && this.#sentence === sentence) this.#say("sound.voice_failed");
    }
  }

  async #sound(audio, begin = () => playAudio(audio)) {
    this.#audio = audio;
    this.#paint();
    const outcome = await begin();
    if (this.#audio !== audio) return "stopped";
    this.#audio = null;
    this.#paint();
    return outcome;
  }

  #say(key) {
    setText($("sound-said"), key && text(key));
  }

  #paint() {
    $("play").hidden = !this.#sentence?.audio_url && !globalThis.speechSynthesis;
    setText($("play"), text(this.#audio ? "sound.stop" : "sound.play"));
  }
}
