/** The list of feedback on a student's page. */
import { $, showTime, text } from "../pages/page.js";
import { claim, speak } from "./read_aloud.js";

const NEW_FOR_MS = 8_000;
const SEEN = ["seen", "played"];

export class ReceivedList {
  #acknowledge;
  #shown = new Map();
  #seen = new IntersectionObserver((entries) => this.#look(entries), { threshold: 0.5 });

  /** `acknowledge(id, state)` says to the server that feedback was seen or played. */
  constructor(acknowledge) {
    this.#acknowledge = acknowledge;
    // Shown in a window nobody looks at is not seen yet.
    document.addEventListener("visibilitychange", () => this.#lookAgain());
  }

  /** Show feedback from before this page was opened. */
  showEarlier(frames) {
    for (const frame of frames) {
      if (this.#shown.has(frame.message_id)) continue;
      const item = this.#add(frame);
      if (!SEEN.includes(frame.state)) this.#seen.observe(item);
    }
  }

  /** Show feedback that has just arrived, and read it aloud or play it. */
  showNew(frame) {
    const item = this.#shown.get(frame.message_id) ?? this.#add(frame);
    item.classList.add("is-new");
    setTimeout(() => item.classList.remove("is-new"), NEW_FOR_MS);
    this.#seen.observe(item);
    if ($("aloud").checked) this.#sound(item, frame);
  }

  #add(frame) {
    const item = $("feedback-item").content.firstElementChild.cloneNode(true);
    item.dataset.id = frame.message_id;
    item.dataset.timestamp = frame.timestamp;
    item.querySelector(".message").textContent = frame.message;
    item.querySelector(".from").textContent = text("feedback.from", { who: frame.from });
    showTime(item.querySelector("time"), frame.timestamp);
    if (frame.audio_url) this.#addAudio(item, frame);
    if (frame.speak) this.#addListen(item, frame);
    this.#shown.set(frame.message_id, item);
    this.#place(item);
    $("no-feedback").hidden = true;
    return item;
  }

  /** Newest first; replayed feedback may be older than what stands there. */
  #place(item) {
    const older = [...$("feedback").children].find((other) => other.dataset.timestamp < item.dataset.timestamp);
    $("feedback").insertBefore(item, older ?? null);
  }

  #addAudio(item, frame) {
    const audio = item.querySelector("audio");
    if (!frame.audio_url.startsWith("https://")) return;
    audio.hidden = false;
    audio.src = frame.audio_url;
    audio.setAttribute("aria-label", text("feedback.audio"));
    audio.addEventListener("ended", () => this.#acknowledge(frame.message_id, "played"));
  }

  #addListen(item, frame) {
    const button = item.querySelector(".listen");
    button.hidden = false;
    button.textContent = text("feedback.listen");
    button.addEventListener("click", () => this.#speak(frame));
  }

  async #sound(item, frame) {
    if (!frame.speak && !frame.audio_url) return;
    if (!(await claim(frame.message_id))) return;
    // A browser may refuse sound before the first click: the controls stay to listen later.
    if (frame.audio_url) item.querySelector("audio").play().catch(() => {});
    else this.#speak(frame);
  }

  #speak(frame) {
    speak(frame.message, () => this.#acknowledge(frame.message_id, "played"));
  }

  #look(entries) {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting || document.visibilityState !== "visible") continue;
      this.#seen.unobserve(target);
      target.dataset.seen = "";
      this.#acknowledge(target.dataset.id, "seen");
    }
  }

  #lookAgain() {
    for (const item of document.querySelectorAll("#feedback li:not([data-seen])")) {
      this.#seen.unobserve(item);
      this.#seen.observe(item);
    }
  }
}
