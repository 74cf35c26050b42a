/** The button that takes a spoken sentence: by recognition where the browser has it, else the voice's level. */
import { KeptValue } from "../client/browser_storage.js";
import { $, setText, text } from "../pages/page.js";
import { SpeechInput, recogniser } from "./speech_input.js";
import { VoiceLevel } from "./voice_level.js";

const told = new KeptValue("localStorage", "speaktracker.voice_told", (found) => found === "yes");

export class Speaking {
  language = "en"; // of the sentence that is to be said
  #take;
  #noteVoice;
  #level = new VoiceLevel();
  #input = null;
  #choice = "words"; // what the student asked for: words, or level

  /** `take(candidates)` gets what may have been said; `noteVoice()` is called while somebody speaks. */
  constructor(take, noteVoice) {
    this.#take = take;
    this.#noteVoice = noteVoice;
    this.#choice = recogniser() ? "words" : "level";
    $("speak").addEventListener("click", () => this.#press());
    $("voice-agree").addEventListener("click", () => this.#agree("words"));
    $("voice-level-only").addEventListener("click", () => this.#agree("level"));
    this.#paint();
  }

  get listens() {
    return Boolean(this.#input?.listens) || this.#level.listens;
  }

  /** The sentence changed, or practice stopped: what still comes would belong to nothing. */
  stop() {
    this.#input?.abort();
    if (this.#level.listens) this.#level.stop();
    this.#paint();
  }

  /** What was said belongs to the sentence before; the level goes on. */
  sentenceChanged() {
    this.#input?.abort();
  }

  #press() {
    if (this.#level.listens) this.stop();
    else if (this.#input?.listens) this.#input.stop();
    else if (this.#choice === "words" && told.read() === null) this.#tell();
    else this.#begin();
  }

  /** Where the voice goes is said once, before it first goes anywhere. */
  #tell() {
    $("voice-notice").hidden = false;
    $("voice-agree").focus();
  }

  #agree(choice) {
    if (choice === "words") told.write("yes");
    this.#choice = choice;
    $("voice-notice").hidden = true;
    $("speak").focus();
    this.#begin();
  }

  #begin() {
    this.#say("");
    if (this.#choice === "words") this.#beginWords();
    else this.#beginLevel();
  }

  #beginWords() {
    this.#input ??= new SpeechInput({
      words: (candidates) => this.#take(candidates),
      voice: () => this.#noteVoice(),
      end: (outcome) => this.#ended(outcome),
    });
    this.#input.start(this.language);
    this.#paint();
  }

  #ended(outcome) {
    // It will do no better a second time: the level is what is left.
    if (outcome === "unavailable") this.#choice = "level";
    if (!["heard", "stopped"].includes(outcome)) this.#say(`voice.${outcome}`);
    this.#paint();
  }

  async #beginLevel() {
    const outcome = await this.#level.start((level, isVoice) => {
      $("level").value = level;
      if (isVoice) this.#noteVoice();
    });
    this.#say(outcome === "on" ? "voice.level_only" : `voice.${outcome === "unavailable" ? "unsupported" : outcome}`);
    this.#paint();
  }

  #say(key) {
    setText($("voice-said"), key && text(key));
  }

  #paint() {
    const { listens } = this;
    const label = this.#choice === "words" ? "voice.speak" : "voice.level";
    setText($("speak"), text(listens ? "voice.stop" : label));
    $("speak").setAttribute("aria-pressed", String(listens));
    $("speak").dataset.voice = listens ? this.#choice : "off";
    $("level").hidden = !this.#level.listens;
  }
}
