/** The cards of a dashboard: one for each student that passes the filter, in order. */
import { attention, quietFor } from "../client/attention.js";
import { inOrder, nameOf, passes } from "./card_order.js";
import { $, ago, number, percent, setText, text } from "../pages/page.js";

const CAN_HOVER = matchMedia("(hover: hover)");

export class Cards {
  #board;
  #now;
  #choose;
  #cards = new Map();
  #locale = document.documentElement.lang;
  #chosen = null;

  /** Show `board` at the time of `now()`; `choose(email)` is called when a card is clicked. */
  constructor(board, now, choose) {
    this.#board = board;
    this.#now = now;
    this.#choose = choose;
  }

  /** Paint what changed: `emails`, or every card. */
  paint(emails = this.#board.students.keys()) {
    for (const email of emails) {
      const student = this.#board.students.get(email);
      if (student) this.#fill(this.#card(email), student);
      else this.#forget(email);
    }
  }

  /** Mark the chosen student's card. */
  mark(email) {
    for (const each of [this.#chosen, email]) {
      const card = this.#cards.get(each);
      card?.classList.toggle("is-chosen", each === email);
      card?.querySelector(".choose").setAttribute("aria-pressed", String(each === email));
    }
    this.#chosen = email;
  }

  /** Put the cards in order; not while somebody points at one, so that none slips away under a click. */
  arrange({ filter, order, force = false }) {
    const list = $("students");
    if (!force && list.matches(":focus-within")) return;
    if (!force && CAN_HOVER.matches && list.matches(":hover")) return;
    const now = this.#now();
    const shown = [...this.#board.students.values()].filter((each) => passes(each, filter, now));
    const wanted = inOrder(shown, order, now, this.#locale).map((email) => this.#card(email));
    if (wanted.length !== list.children.length || wanted.some((card, at) => card !== list.children[at])) {
      list.replaceChildren(...wanted);
    }
    this.#summarise(now, shown.length);
  }

  #card(email) {
    const known = this.#cards.get(email);
    if (known) return known;
    const card = $("student-card").content.firstElementChild.cloneNode(true);
    card.dataset.email = email;
    card.querySelector(".choose").addEventListener("click", () => this.#choose(email));
    card.classList.toggle("is-chosen", email === this.#chosen);
    this.#cards.set(email, card);
    this.#fill(card, this.#board.students.get(email));
    return card;
  }

  #fill(card, student) {
    const name = nameOf(student);
    const kind = attention(student, this.#now());
    const part = (selector) => card.querySelector(selector);
    card.dataset.attention = kind;
    // Who was never here has nothing to show: the card stays small.
    card.classList.toggle("is-blank", !student.online && !student.last_update);
    setText(part(".choose"), name);
    part(".choose").title = student.student_email;
    showStatus(part(".badge"), student, kind);
    setText(part(".now"), student.current_sentence || text("card.no_sentence"));
    part(".now").classList.toggle("muted", !student.current_sentence);
    part("progress").value = student.progress;
    part("progress").setAttribute("aria-label", text("card.progress", { name }));
    setText(part(".percent"), percent(student.progress));
    part(".presence").classList.toggle("is-online", student.online);
    setText(part(".presence-text"), text(student.online ? "presence.online" : "presence.offline"));
    setText(part(".ago"), this.#ago(student));
  }

  #ago(student) {
    if (!student.last_update) return text("card.no_update");
    return text("card.updated", { ago: ago(quietFor(student, this.#now())) });
  }

  #forget(email) {
    this.#cards.get(email)?.remove();
    this.#cards.delete(email);
  }

  #summarise(now, shown) {
    const all = [...this.#board.students.values()];
    const count = (test) => number(all.filter(test).length);
    const online = count((student) => student.online);
    const help = count((student) => attention(student, now) === "help");
    setText($("summary"), all.length ? text("summary", { all: number(all.length), online, help }) : "");
    $("empty").hidden = shown > 0;
    const why = all.length ? "list.no_match" : "list.empty";
    setText($("empty"), text(this.#board.complete ? why : "list.waiting"));
  }
}

/** Show a student's status in a badge, the last known one of who is offline; who needs help stands out. */
export function showStatus(badge, student, kind) {
  const last = text(student.status ? `status.${student.status}` : "status.never");
  badge.dataset.status = ["help", "offline"].includes(kind) ? kind : student.status;
  setText(badge, kind === "help" ? `${text("attention.help")} · ${last}` : last);
}
