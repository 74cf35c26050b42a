/** The cards of a dashboard: one for each student, painted where they changed and moved where they must. */
import { $, number, percent, setText, text } from "../pages/page.js";
import { feedbackWords, markOf, reasonWords, sinceWords, stateWord } from "./board/card_words.js";
import { staying } from "./board/list_moves.js";
import { stateOf } from "./card_order.js";
import { lentWords } from "./loans/loan_words.js";

const PARTS = ["choose", "badge", "since", "group", "reason", "lent", "note", "now", "bar-row", "percent", "skipped", "last-feedback"];

export class Cards {
  #choose;
  #cards = new Map(); // address → {element, parts, mark, student, isStale, feedback}
  #chosen = null;
  #isStale = true;

  /** `choose(email)` is called when a card is clicked. */
  constructor(choose) {
    this.#choose = choose;
    for (const list of lists()) {
      list.addEventListener("click", ({ target }) => {
        const card = target.closest(".choose")?.closest("li");
        if (card) this.#choose(card.dataset.student);
      });
    }
  }

  /** Show whether what the cards say is old. */
  set isStale(isStale) {
    if (isStale === this.#isStale) return;
    this.#isStale = isStale;
    for (const { element } of this.#cards.values()) element.dataset.stale = String(isStale);
    for (const list of lists()) list.classList.toggle("is-stale", isStale);
  }

  /** Whether the card of a row says something else at `now` than it should. */
  isDue(row, now) {
    const card = this.#cards.get(row.email);
    return card?.student !== row.student || card.mark !== markOf(row, now);
  }

  /** Paint the card of a row. */
  paint(row, now) {
    const card = this.#cards.get(row.email) ?? this.#make(row.email);
    const mark = markOf(row, now);
    if (card.student !== row.student) this.#fill(card, row, now);
    if (card.mark !== mark) this.#tell(card, row, now);
    Object.assign(card, { student: row.student, mark });
  }

  /** Forget the cards of whom is not among `emails`, a Map or Set. */
  keepOnly(emails) {
    for (const [email, { element }] of this.#cards) {
      if (emails.has(email)) continue;
      element.remove();
      this.#cards.delete(email);
    }
  }

  /** Mark the chosen student's card. */
  mark(email) {
    for (const each of [this.#chosen, email]) {
      const card = this.#cards.get(each);
      card?.element.classList.toggle("is-chosen", each === email);
      card?.parts.choose.setAttribute("aria-pressed", String(each === email));
    }
    this.#chosen = email;
  }

  /** Put the cards of these rows in order; only those whose place changed are moved. */
  arrange(online, offline) {
    const [list, folded] = lists();
    this.#put(list, online);
    this.#put(folded, offline);
  }

  /** The card of a student, if there is one in a list. */
  element(email) {
    const element = this.#cards.get(email)?.element;
    return element?.isConnected ? element : null;
  }

  #put(list, rows) {
    const wanted = rows.map(({ email }) => (this.#cards.get(email) ?? this.#make(email)).element);
    const current = [...list.children];
    if (wanted.length === current.length && wanted.every((element, at) => element === current[at])) return;
    const focused = document.activeElement?.closest("li");
    const stays = staying(current, wanted, focused);
    const remaining = new Set(wanted);
    for (const element of current) if (!remaining.has(element)) element.remove();
    let next = null;
    for (const element of wanted.reverse()) {
      if (!stays.has(element)) list.insertBefore(element, next);
      next = element;
    }
  }

  #make(email) {
    const element = $("student-card").content.firstElementChild.cloneNode(true);
    const parts = Object.fromEntries(PARTS.map((name) => [name, element.querySelector(`.${name}`)]));
    parts.progress = element.querySelector("progress");
    element.dataset.student = email;
    element.dataset.stale = String(this.#isStale);
    element.classList.toggle("is-chosen", email === this.#chosen);
    parts.choose.setAttribute("aria-pressed", String(email === this.#chosen));
    parts.choose.title = email;
    parts.reason.id = `reason-${email}`;
    parts.choose.setAttribute("aria-describedby", parts.reason.id);
    const card = { element, parts, mark: "", student: null };
    this.#cards.set(email, card);
    return card;
  }

  /** What changes with the student. */
  #fill(card, row, now) {
    const { element, parts, student: before } = card;
    const { student, name, group } = row;
    card.mark = ""; // the words of the time as well
    // Who was never here has nothing to show: the card stays small.
    element.classList.toggle("is-blank", !student.online && !student.last_update);
    setData(element, "status", row.state);
    setText(parts.choose, name);
    setOptional(parts.group, group);
    setOptional(parts.lent, lentWords(student, now));
    setOptional(parts.note, student.help?.note ? `“${student.help.note}”` : "");
    setText(parts.now, student.current_sentence || text("card.no_sentence"));
    parts.now.classList.toggle("muted", !student.current_sentence);
    if (before?.progress !== student.progress) {
      parts.progress.value = student.progress;
      setText(parts.percent, percent(student.progress));
    }
    if (before?.student_name !== student.student_name || !before) {
      parts.progress.setAttribute("aria-label", text("card.progress", { name }));
    }
    setOptional(parts.skipped, student.skipped ? text("card.skipped", { count: number(student.skipped) }) : "");
    if (!before || before.last_feedback !== student.last_feedback) {
      setText(parts["last-feedback"], feedbackWords(student, now));
    }
  }

  /** What changes with the time. */
  #tell({ element, parts }, row, now) {
    setData(element, "attention", row.reason);
    setData(parts.badge, "status", row.state);
    setText(parts.badge, stateWord(row));
    setText(parts.since, sinceWords(row, now));
    setOptional(parts.reason, reasonWords(row, now));
  }
}

/** The two lists of cards: of who is online, and of who is folded away. */
export function lists() {
  return [$("students"), $("offline")];
}

/** Show a student's status in a badge, the last known one of who is offline. */
export function showStatus(badge, student) {
  badge.dataset.status = stateOf(student);
  setText(badge, text(student.status ? `status.${student.status}` : "status.never"));
}

// What is written although it stands there already costs the same as a change.
function setData(element, name, value) {
  if (element.dataset[name] !== value) element.dataset[name] = value;
}

function setOptional(element, words) {
  setText(element, words);
  if (element.hidden === Boolean(words)) element.hidden = !words;
}
