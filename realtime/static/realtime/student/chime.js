/** A short tone of two notes, made by the browser: no file to load. */
const NOTES = [[660, 0], [880, 0.14]]; // hertz, seconds from now
const LENGTH = 0.3;
const LOUDNESS = 0.15;

export class Chime {
  #context = null;

  /** Ring once; silent where the browser has no sound, or allows none yet. */
  ring() {
    try {
      this.#context ??= new AudioContext();
      this.#context.resume?.().catch(() => {});
      for (const [hertz, delay] of NOTES) this.#note(hertz, this.#context.currentTime + delay);
    } catch {
      // The toast and the title say it too.
    }
  }

  #note(hertz, at) {
    const [tone, gain] = [this.#context.createOscillator(), this.#context.createGain()];
    tone.frequency.value = hertz;
    gain.gain.setValueAtTime(LOUDNESS, at);
    gain.gain.exponentialRampToValueAtTime(0.001, at + LENGTH);
    tone.connect(gain).connect(this.#context.destination);
    tone.start(at);
    tone.stop(at + LENGTH);
  }
}
