/** One line of what became of feedback to several students: sent to so many, so many wait, these failed. */
import { $, number, setText, text } from "../../pages/page.js";
import { failure } from "./outgoing_words.js";

const MOST_NAMES = 5;

export class ResultLine {
  #nameFor;
  #sent = 0; // of what went to several last
  #batch = null;
  #outstanding = [];

  /** `nameFor(address)` is what a student is called; `acts` are retry, edit and dismiss, of items. */
  constructor(nameFor, acts) {
    this.#nameFor = nameFor;
    for (const [name, act] of Object.entries(acts)) $(`result-${name}`).addEventListener("click", () => this.#act(act));
    $("result-close").addEventListener("click", () => {
      this.#batch = null;
      $("result").hidden = true;
    });
  }

  /** Count what goes to several from now on. */
  begin(batch) {
    this.#batch = batch;
    this.#sent = 0;
  }

  /** One was sent. */
  answered(item) {
    if (item.batch && item.batch === this.#batch) this.#sent += 1;
  }

  /** Show what became of the last one to several, and what else is outstanding but for the chosen student. */
  paint(items, chosen) {
    const others = items.filter((item) => item.batch || item.student_email !== chosen);
    this.#outstanding = others;
    const failed = others.filter(({ state }) => state === "failed");
    const counts = { sent: this.#sent, waiting: 0, sending: 0, failed: failed.length };
    for (const { state } of others) if (state !== "failed") counts[state] += 1;
    const isShown = this.#batch !== null || others.length > 0;
    $("result").hidden = !isShown;
    if (!isShown) return;
    const parts = Object.entries(counts).filter(([name, count]) => count || (name === "sent" && this.#batch));
    const words = parts.map(([name, count]) => text(`result.${name}`, { count: number(count) })).join(", ");
    setText($("result-text"), failed.length ? `${words}: ` : words);
    this.#paintFailed(failed);
    const isBatch = failed.length > 0 && failed.every(({ batch }) => batch && batch === failed[0].batch);
    $("result-retry").hidden = $("result-dismiss").hidden = !failed.length;
    $("result-edit").hidden = !isBatch;
    $("result-close").hidden = others.length > 0;
  }

  #paintFailed(failed) {
    const names = failed.slice(0, MOST_NAMES).map((item) => this.#link(item));
    if (failed.length > MOST_NAMES) names.push(text("result.more", { count: number(failed.length - MOST_NAMES) }));
    const reasons = new Set(failed.map(failure));
    const shown = failed.map(({ key }) => key).join() + [...reasons].join();
    if ($("result-failed").dataset.shown === shown) return;
    $("result-failed").dataset.shown = shown;
    $("result-failed").replaceChildren(...names.flatMap((name, at) => (at ? [", ", name] : [name])));
    setText($("result-why"), reasons.size === 1 ? [...reasons][0] : "");
  }

  #link(item) {
    const link = document.createElement("a");
    link.href = `#${encodeURIComponent(item.student_email)}`;
    link.textContent = this.#nameFor(item.student_email);
    return link;
  }

  #act(act) {
    act(this.#outstanding.filter(({ state }) => state === "failed"));
  }
}
