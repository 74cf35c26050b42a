/** The chips with counts: each is a button that shows only its own kind; several of a kind show all of theirs. */
import { number, setText, text } from "../../pages/page.js";

export class FilterChips {
  #area;
  #name;
  #onChange;
  #chips = new Map(); // value → button
  #chosen;

  /** Chips in `area` for the part `name` of a filter, `chosen` pressed; `onChange(values)` when they change. */
  constructor(area, name, chosen, onChange) {
    this.#area = area;
    this.#name = name;
    this.#chosen = new Set(chosen);
    this.#onChange = onChange;
    area.addEventListener("click", ({ target }) => this.#press(target.closest("button")));
  }

  /** Show a chip of each of `values` with its count; `counts` is a Map. */
  show(values, counts) {
    // Who chose a kind sees its chip although there are none of it now.
    const shown = [...new Set([...values, ...this.#chosen])];
    if (shown.length !== this.#chips.size || shown.some((value) => !this.#chips.has(value))) this.#make(shown);
    for (const [value, chip] of this.#chips) {
      setText(chip.lastElementChild, number(counts.get(value) ?? 0));
      chip.classList.toggle("is-none", !counts.get(value));
    }
    this.#area.hidden = !shown.length;
  }

  /** Press none. */
  clear() {
    this.#chosen.clear();
    for (const chip of this.#chips.values()) chip.setAttribute("aria-pressed", "false");
  }

  #make(values) {
    for (const chip of this.#chips.values()) chip.remove();
    this.#chips = new Map(values.map((value) => [value, this.#chip(value)]));
    this.#area.append(...this.#chips.values());
  }

  #chip(value) {
    const chip = document.createElement("button");
    const [label, count] = [document.createElement("span"), document.createElement("b")];
    Object.assign(chip, { type: "button", className: "chip" });
    Object.assign(chip.dataset, { filter: this.#name, value });
    chip.setAttribute("aria-pressed", String(this.#chosen.has(value)));
    label.textContent = this.#name === "groups" ? value : text(`chip.${this.#name}.${value}`);
    chip.append(label, " ", count);
    return chip;
  }

  #press(chip) {
    if (!chip) return;
    const { value } = chip.dataset;
    if (!this.#chosen.delete(value)) this.#chosen.add(value);
    chip.setAttribute("aria-pressed", String(this.#chosen.has(value)));
    this.#onChange([...this.#chosen]);
  }
}
