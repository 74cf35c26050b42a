/** Lending students to a substitute: what is lent and taken, and a form for more. Asked for when it is opened. */
import { add, get, remove } from "../../pages/api.js";
import { $, LOCALE, number, setText, text } from "../../pages/page.js";
import { onSubmit } from "../../pages/submitting.js";
import { dayWords } from "./loan_words.js";

const PATH = "/api/tutor/loans";
const GROUP = "group:";
const BY_NAME = new Intl.Collator(LOCALE, { numeric: true }).compare;

export class LoansPanel {
  #board;
  #form = $("loan-form");

  /** `board` knows whose students can be lent. */
  constructor(board) {
    this.#board = board;
    $("loans").addEventListener("toggle", () => $("loans").open && this.#open());
    $("loan-extent").addEventListener("change", () => this.#offerNames());
    this.#field("first_day").addEventListener("change", () => this.#keepOrder());
    onSubmit(this.#form, () => this.#lend());
  }

  #open() {
    this.#offerExtents();
    this.#load();
  }

  async #load() {
    try {
      const { results } = await get(PATH);
      $("loan-list").replaceChildren(...results.map((loan) => this.#item(loan)));
      if (!results.length) this.#say(text("loans.none"));
    } catch (error) {
      this.#say(error.message || text("loans.not_loaded"));
    }
  }

  async #lend() {
    this.#refuse(null);
    $("lend").disabled = true;
    try {
      await add(PATH, this.#order());
      this.#say(text("loans.lent"));
      await this.#load();
    } catch (error) {
      this.#refuse(error);
    }
    $("lend").disabled = false;
  }

  async #end(loan, item) {
    try {
      await remove(`${PATH}/${loan.id}`);
    } catch (error) {
      if (error.status !== 404) return this.#say(error.message || text("loans.not_ended"));
    }
    (item.nextElementSibling?.querySelector("button") ?? $("loans").firstElementChild).focus();
    item.remove();
    this.#say(text("loans.ended"));
  }

  #order() {
    const value = $("loan-extent").value;
    const order = { extent: value.startsWith(GROUP) ? "group" : value };
    for (const name of ["substitute_email", "first_day", "last_day"]) order[name] = this.#field(name).value.trim();
    if (order.extent === "group") order.group = value.slice(GROUP.length);
    if (order.extent === "some") order.student_emails = [...$("loan-names").querySelectorAll(":checked")].map((box) => box.value);
    return order;
  }

  /** Who is lent already is nobody's to lend on. */
  get #own() {
    return [...this.#board.students.values()].filter((student) => !student.lent_by);
  }

  #offerExtents() {
    const groups = new Set(this.#own.map(({ group }) => group).filter(Boolean));
    const named = [...groups].sort(BY_NAME).map((group) => new Option(text("loans.group", { group }), `${GROUP}${group}`));
    const before = $("loan-extent").value;
    $("loan-extent").replaceChildren(new Option(text("loans.all"), "all"), ...named, new Option(text("loans.some"), "some"));
    if ([...$("loan-extent").options].some(({ value }) => value === before)) $("loan-extent").value = before;
    this.#offerNames();
  }

  #offerNames() {
    const isWanted = $("loan-extent").value === "some";
    if (isWanted && $("loan-students").hidden) {
      const own = this.#own.sort((a, b) => BY_NAME(a.student_name || a.student_email, b.student_name || b.student_email));
      $("loan-names").replaceChildren(...own.map(choiceOf));
    }
    $("loan-students").hidden = !isWanted;
  }

  #keepOrder() {
    const [first, last] = [this.#field("first_day"), this.#field("last_day")];
    last.min = first.value;
    if (last.value < first.value) last.value = first.value;
  }

  #item(loan) {
    const item = document.createElement("li");
    item.className = "row spread";
    const words = document.createElement("span");
    words.textContent = wordsOf(loan);
    item.append(words);
    if (loan.is_own) {
      const end = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: text("loans.end") });
      end.setAttribute("aria-label", `${text("loans.end")}: ${words.textContent}`);
      end.addEventListener("click", () => this.#end(loan, item));
      item.append(end);
    }
    return item;
  }

  #refuse(error) {
    const fields = error?.fields ?? {};
    for (const field of this.#form.querySelectorAll("[name]")) {
      if (fields[field.name]) field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
    }
    setText($("loan-fault"), error ? Object.values(fields).join(" ") || error.message || text("loans.not_lent") : "");
    $("loan-fault").hidden = !error;
    if (error) this.#say("");
    this.#form.querySelector("[aria-invalid]")?.focus();
  }

  #field(name) {
    return this.#form.elements.namedItem(name);
  }

  #say(words) {
    setText($("loans-note"), words);
  }
}

/** "To Emma Baker: all students, 2 – 6 March". */
function wordsOf(loan) {
  const count = loan.student_emails?.length;
  const whom = {
    all: text("loans.all"),
    group: text("loans.group", { group: loan.group }),
    some: count ? text("loans.count", { count: number(count) }) : text("loans.some"),
  }[loan.extent];
  const days = loan.first_day === loan.last_day ? dayWords(loan.first_day) : `${dayWords(loan.first_day)} – ${dayWords(loan.last_day)}`;
  const who = loan.is_own ? loan.substitute_name || loan.substitute_email : loan.tutor_name || loan.tutor_email;
  return text(loan.is_own ? "loans.given" : "loans.taken", { name: who, whom, days });
}

function choiceOf(student) {
  const label = Object.assign(document.createElement("label"), { className: "check" });
  const box = Object.assign(document.createElement("input"), { type: "checkbox", value: student.student_email });
  label.append(box, ` ${student.student_name || student.student_email}`);
  return label;
}
