/** How loud the microphone is, as a sign that somebody speaks. Nothing is recorded, kept or sent. */
const LOOK_MS = 200;
const VOICE = 0.04; // root mean square of a voice near the microphone; a quiet room is below 0.01

export class VoiceLevel {
  #stream = null;
  #context = null;
  #timer = 0;

  get listens() {
    return this.#stream !== null;
  }

  /** Begin; `onLevel(level, isVoice)` follows, level from 0 to 1. Answers "on", "refused", "no_microphone" or "unavailable". */
  async start(onLevel) {
    if (!navigator.mediaDevices?.getUserMedia) return "unavailable"; // none without https
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      this.#measure(onLevel);
      return "on";
    } catch (error) {
      this.stop();
      return { NotAllowedError: "refused", NotFoundError: "no_microphone" }[error.name] ?? "unavailable";
    }
  }

  stop() {
    clearInterval(this.#timer);
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#context?.close();
    this.#stream = this.#context = null;
  }

  #measure(onLevel) {
    this.#context = new AudioContext();
    const analyser = this.#context.createAnalyser();
    this.#context.createMediaStreamSource(this.#stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.#timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      const level = loudness(samples);
      onLevel(Math.min(1, level / (4 * VOICE)), level >= VOICE);
    }, LOOK_MS);
  }
}

/** The root mean square of samples between -1 and 1. */
export function loudness(samples) {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / (samples.length || 1));
}
