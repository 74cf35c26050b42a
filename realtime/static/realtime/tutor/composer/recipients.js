/** To whom it goes: the chosen student, some of the class who are ticked, or everybody in class. */
import { isInClass } from "../../client/attention.js";
import { $, number, setText, text } from "../../pages/page.js";
import { nameOf } from "../card_order.js";
import { CLASS, ONE, SOME } from "./drafts.js";

export class Recipients {
  #board;
  #student = null;
  #chosen = new Set(); // addresses that are ticked
  #shown = ""; // whose boxes stand there

  /** `board` knows the students; `changed()` is called when the choice has changed. */
  constructor(board, changed) {
    this.#board = board;
    $("recipients").addEventListener("change", ({ target }) => {
      if (target.type === "checkbox") this.#chosen[target.checked ? "add" : "delete"](target.value);
      this.paint();
      changed();
    });
    $("recipient-search").addEventListener("input", (event) => {
      event.stopPropagation(); // what is looked for is no part of the draft
      this.#filter();
    });
  }

  /** Show the choice of a draft for `student`. */
  write({ to, chosen }, student) {
    this.#student = student;
    this.#chosen = new Set(chosen.length ? chosen : [student.student_email]);
    for (const radio of document.getElementsByName("to")) radio.checked = radio.value === to;
    $("recipients").open = to !== ONE;
    $("recipient-search").value = "";
    this.paint();
  }

  /** The choice as a draft has it. */
  read() {
    const chosen = this.to === SOME ? [...this.#chosen] : [];
    return { to: this.to, chosen };
  }

  get to() {
    return [...document.getElementsByName("to")].find(({ checked }) => checked)?.value ?? ONE;
  }

  /** The students it goes to now. */
  students() {
    const all = [...this.#board.students.values()];
    if (this.to === CLASS) return all.filter(isInClass);
    if (this.to === SOME) return all.filter(({ student_email }) => this.#chosen.has(student_email));
    return [this.#board.students.get(this.#student.student_email) ?? this.#student];
  }

  /** Show how many there are now, and the boxes of those who can be ticked. */
  paint() {
    const { to } = this;
    const count = this.students().length;
    const inClass = [...this.#board.students.values()].filter(isInClass).length;
    setText($("to-class-text"), text("recipients.class", { count: number(inClass) }));
    const some = (key) => text(`${key}_${count === 1 ? "one" : "other"}`, { count: number(count) });
    setText($("recipients-summary"), to === ONE ? text("recipients.one", { name: nameOf(this.#student) }) : some("recipients.some"));
    setText($("send"), to === ONE ? text("composer.send") : some("composer.send"));
    $("recipient-choice").hidden = to !== SOME;
    if (to === SOME) this.#paintBoxes();
  }

  #paintBoxes() {
    const students = [...this.#board.students.values()].sort((a, b) => b.online - a.online || nameOf(a).localeCompare(nameOf(b)));
    const shown = students.map(({ student_email, online }) => `${student_email} ${online}`).join();
    if (shown !== this.#shown) $("recipient-list").replaceChildren(...students.map(box));
    this.#shown = shown;
    for (const input of $("recipient-list").querySelectorAll("input")) input.checked = this.#chosen.has(input.value);
    this.#filter();
  }

  #filter() {
    const sought = $("recipient-search").value.trim().toLowerCase();
    for (const item of $("recipient-list").children) item.hidden = !item.textContent.toLowerCase().includes(sought);
  }
}

function box(student) {
  const item = document.createElement("li");
  const label = document.createElement("label");
  label.className = "check";
  const input = Object.assign(document.createElement("input"), { type: "checkbox", value: student.student_email });
  const away = student.online ? "" : ` · ${text("presence.offline")}`;
  label.append(input, ` ${nameOf(student)}${away}`);
  item.append(label);
  return item;
}
