/** The dashboard by keyboard: single keys, which may be switched off and never act while somebody types. */
import { $ } from "../../pages/page.js";
import { characterOf, onEscape } from "../../pages/submitting.js";

const TYPING = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

export class Shortcuts {
  #view;
  #acts;

  /** `acts` are functions by name: next, write, back, search; `view` remembers whether single keys act. */
  constructor(view, acts) {
    this.#view = view;
    this.#acts = { n: acts.next, w: acts.write, "/": acts.search, "?": () => this.#explain() };
    $("single-keys").checked = view.get("singleKeys");
    $("single-keys").addEventListener("change", () => view.set({ singleKeys: $("single-keys").checked }));
    $("show-keys").addEventListener("click", () => this.#explain());
    document.addEventListener("keydown", (event) => this.#onKey(event));
    // An open dialog closes by it, and a search is emptied.
    onEscape(document, ({ target }) => !document.querySelector("dialog[open]") && !(target.type === "search" && target.value) && acts.back());
  }

  #explain() {
    $("keys").showModal();
  }

  #onKey(event) {
    const key = characterOf(event);
    if (!this.#view.get("singleKeys") || event.defaultPrevented || !Object.hasOwn(this.#acts, key)) return;
    if (event.target.closest(TYPING) || document.querySelector("dialog[open]")) return;
    event.preventDefault(); // what is focused now must not be given the key as well
    this.#acts[key]();
  }
}
