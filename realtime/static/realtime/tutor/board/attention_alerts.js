/** What says that somebody needs help to a tutor who looks elsewhere: title, icon, voice, sound, notification. */
import { $, number, setText, text } from "../../pages/page.js";
import { reasonWords } from "./card_words.js";

const QUIET_MS = 10_000; // between two announcements: who comes meanwhile is in the next one
const NAMED = 3;
const TONES = [[660, 0], [880, 0.14]]; // Hz, seconds from now

export class AttentionAlerts {
  #view;
  #open;
  #title = document.title;
  #icon = document.querySelector("link[rel=icon]");
  #plainIcon = this.#icon.href;
  #icons = $("main").dataset.icons.split(" ");
  #waiting = [];
  #notBefore = 0;
  #audio = null;

  /** `view` remembers what the tutor asked for; `open(email)` is called when a notification is clicked. */
  constructor(view, open) {
    this.#view = view;
    this.#open = open;
    $("sound").checked = view.get("sound");
    $("notifications").checked = view.get("notifications") && permission() === "granted";
    $("sound").addEventListener("change", () => this.#chooseSound());
    $("notifications").addEventListener("change", () => this.#chooseNotifications());
    // A browser lets a page sound only after somebody has pressed something on it.
    addEventListener("pointerdown", () => this.#wakeAudio(), { once: true });
    addEventListener("keydown", () => this.#wakeAudio(), { once: true });
  }

  /** Show how many need help, in the title and the icon of the tab. */
  count(needing) {
    const title = needing ? `(${number(needing)}) ${this.#title}` : this.#title;
    if (document.title !== title) document.title = title;
    const icon = needing ? this.#icons[Math.min(needing, this.#icons.length) - 1] : this.#plainIcon;
    if (this.#icon.getAttribute("href") !== icon) this.#icon.href = icon;
  }

  /** These newly need help, as rows; called once a second, with none as a rule. */
  announce(newly, now) {
    this.#waiting.push(...newly);
    const clock = performance.now();
    if (!this.#waiting.length || clock < this.#notBefore) return;
    this.#notBefore = clock + QUIET_MS;
    const rows = this.#waiting.splice(0);
    const named = rows.slice(0, NAMED).map((row) => `${row.name}: ${reasonWords(row, now)}`);
    const more = rows.length - named.length;
    const words = [...named, ...(more ? [text("alert.more", { count: number(more) })] : [])].join(", ");
    setText($("announcement"), words);
    if (this.#view.get("sound")) this.#sound();
    if ($("notifications").checked && !document.hasFocus()) this.#notify(rows, words);
  }

  #chooseSound() {
    this.#view.set({ sound: $("sound").checked });
    if ($("sound").checked) this.#sound(); // so that it is known how it sounds
  }

  async #chooseNotifications() {
    const wanted = $("notifications").checked && permission() !== "unsupported";
    const isGranted = wanted && (await Notification.requestPermission()) === "granted";
    $("notifications-refused").hidden = !$("notifications").checked || isGranted;
    $("notifications").checked = isGranted;
    this.#view.set({ notifications: isGranted });
  }

  #notify(rows, words) {
    try {
      const tag = "needs-help"; // the newest one stands in for those before
      const shown = new Notification(text("alert.title", { count: number(rows.length) }), { body: words, tag });
      shown.onclick = () => [focus(), this.#open(rows[0].email), shown.close()];
    } catch {
      // A phone's browser knows them only from a service worker.
    }
  }

  #wakeAudio() {
    // What was asked to sound before anybody pressed anything would sound late, out of the blue.
    if (!this.#view.get("sound") || !globalThis.AudioContext || navigator.userActivation?.hasBeenActive === false) return;
    this.#audio ??= new AudioContext();
    this.#audio.resume().catch(() => {});
  }

  #sound() {
    this.#wakeAudio();
    if (!this.#audio) return;
    for (const [frequency, wait] of TONES) {
      const [tone, loudness] = [this.#audio.createOscillator(), this.#audio.createGain()];
      const start = this.#audio.currentTime + wait;
      tone.frequency.value = frequency;
      loudness.gain.setValueAtTime(0.15, start);
      loudness.gain.exponentialRampToValueAtTime(0.001, start + 0.3);
      tone.connect(loudness).connect(this.#audio.destination);
      tone.start(start);
      tone.stop(start + 0.3);
    }
  }
}

function permission() {
  return globalThis.Notification?.permission ?? "unsupported";
}
