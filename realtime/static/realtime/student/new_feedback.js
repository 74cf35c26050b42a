/** Makes new feedback unmissable: a toast above the keyboard, a count in the title, vibration, a sound. */
import { KeptValue } from "../client/browser_storage.js";
import { $, number, setText, text } from "../pages/page.js";
import { Chime } from "./chime.js";

const VIBRATE_MS = [120, 60, 120];
const LOOK_MS = 800; // what stands on the screen has been looked at by then
const kept = new KeptValue("localStorage", "speaktracker.chime", (found) => ["on", "off"].includes(found));

export class NewFeedback {
  #unseen = new Map(); // what was not looked at yet, by its id, oldest first
  #title = document.title;
  #chime = new Chime();
  #onListen;
  #onShow;
  #onDismiss;
  #shown = null; // the frame the toast shows

  /** `onShow(frame)` leads to the piece in the list, `onListen(frame)` plays it, `onDismiss(frame)`: it was read. */
  constructor({ onShow, onListen, onDismiss }) {
    this.#onShow = onShow;
    this.#onListen = onListen;
    this.#onDismiss = onDismiss;
    $("toast-show").addEventListener("click", () => this.#show());
    $("toast-listen").addEventListener("click", () => this.#onListen(this.#shown));
    $("toast-close").addEventListener("click", () => this.#close());
    $("chime").checked = kept.read() === "on";
    $("chime").addEventListener("change", ({ target }) => {
      kept.write(target.checked ? "on" : "off");
      if (target.checked) this.#chime.ring();
    });
    for (const type of ["resize", "scroll"]) globalThis.visualViewport?.addEventListener(type, () => this.#place());
  }

  /** A piece from before, not looked at yet: it counts, and nothing rings. */
  addEarlier(frame) {
    this.#unseen.set(frame.message_id, frame);
    this.#paintTitle();
  }

  /** A piece that has just come from `who`; `isOnScreen()` tells whether the list shows it anyway. */
  add(frame, who, isOnScreen) {
    this.#unseen.set(frame.message_id, frame);
    this.#paintTitle();
    if ($("chime").checked) this.#chime.ring();
    if (navigator.userActivation?.hasBeenActive ?? true) navigator.vibrate?.(VIBRATE_MS);
    if (!isOnScreen()) this.#open(frame, who);
    else setTimeout(() => this.#unseen.has(frame.message_id) && !isOnScreen() && this.#open(frame, who), LOOK_MS);
  }

  /** A piece was looked at. */
  seen(id) {
    this.#unseen.delete(id);
    this.#paintTitle();
    if (this.#shown && !this.#unseen.has(this.#shown.message_id)) this.#hide();
    else this.#paintMore();
  }

  #open(frame, who) {
    this.#shown = frame;
    setText($("toast-from"), who);
    setText($("toast-message"), frame.message);
    $("toast-listen").hidden = !(frame.speak || frame.audio_url);
    $("toast").hidden = false;
    this.#paintMore();
    this.#place();
  }

  #paintMore() {
    const more = this.#unseen.size - 1;
    $("toast-more").hidden = more < 1;
    setText($("toast-more"), text("toast.more", { count: number(more) }));
  }

  /** The keyboard takes from the visual viewport, not from the page: stand where it leaves room. */
  #place() {
    if ($("toast").hidden || !globalThis.visualViewport) return;
    const { offsetTop, offsetLeft, width, height } = visualViewport;
    const { style } = $("toast");
    style.setProperty("--top", `${offsetTop}px`);
    style.setProperty("--left", `${offsetLeft}px`);
    style.setProperty("--width", `${width}px`);
    style.setProperty("--height", `${height}px`);
  }

  #show() {
    const frame = this.#shown;
    this.#hide();
    this.#onShow(frame);
  }

  #close() {
    const frame = this.#shown;
    this.#hide();
    ($("typed").disabled ? $("main") : $("typed")).focus({ preventScroll: true });
    this.#onDismiss(frame);
  }

  #hide() {
    $("toast").hidden = true;
    this.#shown = null;
  }

  #paintTitle() {
    const count = this.#unseen.size;
    document.title = count ? `(${number(count)}) ${this.#title}` : this.#title;
  }
}
