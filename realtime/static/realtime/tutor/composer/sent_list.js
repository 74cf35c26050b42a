/** The list of what was sent to the chosen student, how far each has come, and what can be done with it. */
import { $, setText, showTime, text } from "../../pages/page.js";
import { shownState } from "../sent_feedback.js";
import { canBeEdited, wordsOf } from "./outgoing_words.js";

const ACTS = ["retry", "edit", "dismiss"];

export class SentList {
  #acts;
  #rows = new Map(); // key → row of the list

  /** `acts` are functions of an item's key by name: retry, edit, dismiss. */
  constructor(acts) {
    this.#acts = acts;
  }

  /** Begin the list of another student. */
  clear() {
    this.#rows.clear();
  }

  /** Show these items. */
  paint(items) {
    const rows = items.map((item) => this.#row(item));
    // Rows that stay are left alone, so that a screen reader says only what changed.
    if (rows.length !== $("sent").children.length || rows.some((row, at) => row !== $("sent").children[at])) {
      $("sent").replaceChildren(...rows);
    }
    setText($("sent-note"), items.length ? "" : text("feedback.none"));
  }

  #row(item) {
    const row = this.#rows.get(item.key) ?? this.#newRow(item);
    const state = shownState(item);
    const offered = { retry: state === "failed", edit: canBeEdited(item), dismiss: ["failed", "waiting"].includes(state) };
    row.dataset.state = state;
    row.classList.toggle("is-failed", state === "failed");
    setText(row.querySelector(".state"), wordsOf(item, state));
    for (const name of ACTS) row.querySelector(`.${name}`).hidden = !offered[name];
    row.querySelector(".acts").hidden = !Object.values(offered).some(Boolean);
    return row;
  }

  #newRow(item) {
    const row = $("sent-row").content.firstElementChild.cloneNode(true);
    row.querySelector(".message").textContent = item.message;
    const kind = item.audio_url ? text("feedback.audio") : item.speak ? text("feedback.spoken") : "";
    // A substitute's stands in the list of whose student it is, too.
    const isOthers = item.from && item.from !== $("main").dataset.email;
    const by = isOthers ? text("feedback.by", { name: item.from_name || item.from }) : "";
    row.querySelector(".kind").textContent = [kind, by].filter(Boolean).join(" · ");
    showTime(row.querySelector("time"), item.timestamp);
    for (const name of ACTS) {
      const button = row.querySelector(`.${name}`);
      button.textContent = text(`feedback.${name}`);
      button.addEventListener("click", () => this.#acts[name](item.key));
    }
    this.#rows.set(item.key, row);
    return row;
  }
}
