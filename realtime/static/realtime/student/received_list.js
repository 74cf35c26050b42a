/** The list of feedback on a student's page. */
import { $, setText, showTime, text } from "../pages/page.js";
import { LookedAt, isOnScreen } from "./looked_at.js";
import { NewFeedback } from "./new_feedback.js";
import { ReadAloud, playAudio, speak } from "./read_aloud.js";

const NEW_FOR_MS = 8_000;
const SEEN = ["seen", "played"];
// What stands for the address of somebody who was erased ends so.
const PSEUDONYM = /^erased-.*@erased\.invalid$/;
// After these outcomes of a sound the student is told why, and how to go on.
const TROUBLES = ["refused", "failed", "unsupported"];

export class ReceivedList {
  #acknowledge;
  #shown = new Map(); // items and frames by message id
  #aloud = new ReadAloud((frame) => this.#sound(frame));
  #lookedAt = new LookedAt((item) => this.#looked(item));
  #new = new NewFeedback({
    onShow: (frame) => this.#leadTo(frame),
    onListen: (frame) => this.#sound(frame),
    onDismiss: (frame) => this.#lookedAt.note(this.#item(frame)),
  });

  /** `acknowledge(id, state)` says to the server that feedback was seen or played. */
  constructor(acknowledge) {
    this.#acknowledge = acknowledge;
  }

  /** Show feedback from before this page was opened. */
  showEarlier(frames) {
    for (const frame of frames) {
      if (this.#shown.has(frame.message_id)) continue;
      const item = this.#add(frame);
      if (SEEN.includes(frame.state)) continue;
      this.#new.addEarlier(frame);
      this.#lookedAt.watch(item);
    }
  }

  /** Show feedback that has just arrived, and read it aloud or play it; of many at once the newest. */
  showNew(frame) {
    const item = this.#item(frame) ?? this.#add(frame);
    item.classList.add("is-new");
    setTimeout(() => item.classList.remove("is-new"), NEW_FOR_MS);
    this.#new.add(frame, whoOf(frame), () => isOnScreen(item));
    this.#lookedAt.watch(item);
    if ($("aloud").checked && (frame.speak || frame.audio_url)) this.#aloud.add(frame);
  }

  #item(frame) {
    return this.#shown.get(frame.message_id);
  }

  #add(frame) {
    const item = $("feedback-item").content.firstElementChild.cloneNode(true);
    item.dataset.id = frame.message_id;
    item.dataset.timestamp = frame.timestamp;
    item.querySelector(".message").textContent = frame.message;
    item.querySelector(".from").textContent = text("feedback.from", { who: whoOf(frame) });
    showTime(item.querySelector("time"), frame.timestamp);
    if (frame.audio_url) this.#addAudio(item, frame);
    else if (frame.speak) this.#addListen(item, frame);
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
    if (!frame.audio_url.startsWith("https://")) return this.#trouble(item, "failed");
    audio.hidden = false;
    audio.src = frame.audio_url;
    audio.setAttribute("aria-label", text("feedback.audio"));
    audio.addEventListener("playing", () => this.#trouble(item, ""));
    audio.addEventListener("error", () => this.#trouble(item, "failed"));
    audio.addEventListener("ended", () => this.#played(item));
    item.querySelector(".audio-link").href = frame.audio_url;
    item.querySelector(".retry").addEventListener("click", () => {
      audio.load();
      this.#sound(frame);
    });
  }

  #addListen(item, frame) {
    const button = item.querySelector(".listen");
    button.hidden = false;
    button.textContent = text("feedback.listen");
    button.addEventListener("click", () => this.#sound(frame));
  }

  async #sound(frame) {
    const item = this.#item(frame);
    const audio = item.querySelector("audio");
    if (frame.audio_url && audio.hidden) return;
    if (frame.audio_url) audio.currentTime = 0;
    const outcome = await (frame.audio_url ? playAudio(audio) : speak(frame.message));
    this.#trouble(item, TROUBLES.includes(outcome) ? outcome : "");
    if (outcome === "ended") this.#played(item);
  }

  #played(item) {
    this.#trouble(item, "");
    item.dataset.played = "";
    if (item.querySelector("audio").hidden) setText(item.querySelector(".listen"), text("feedback.listen_again"));
    this.#acknowledge(item.dataset.id, "played");
  }

  /** Say why there is no sound, and what can be done; nothing when there is one. */
  #trouble(item, outcome) {
    const isAudio = !item.querySelector("audio").hidden;
    const kind = isAudio ? "audio" : "voice";
    item.querySelector(".trouble").hidden = !outcome;
    setText(item.querySelector(".trouble-text"), outcome && text(`feedback.${kind}_${outcome}`));
    item.querySelector(".trouble-ways").hidden = !isAudio || outcome !== "failed";
  }

  #looked(item) {
    item.dataset.seen = "";
    this.#new.seen(item.dataset.id);
    this.#acknowledge(item.dataset.id, "seen");
  }

  #leadTo(frame) {
    const item = this.#item(frame);
    item.scrollIntoView({ block: "center" });
    item.focus({ preventScroll: true });
    this.#lookedAt.note(item);
  }
}

/** Who gave a piece of feedback: by name, else by address. */
export function whoOf(frame) {
  if (PSEUDONYM.test(frame.from)) return text("feedback.former_tutor");
  return frame.from_name || frame.from;
}
