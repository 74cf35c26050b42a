/** Which cards a dashboard shows, in which order, and how many of each kind there are. Pure: no page here. */
import { attention, NONE, REASONS } from "../client/attention.js";
import { STATUSES } from "../client/contract.js";

const [, IDLE, , FINISHED] = STATUSES;
export const OFFLINE = "offline";
export const STATES = [...STATUSES, OFFLINE];
export const ORDERS = ["attention", "name", "progress", "group"];
/** What a dashboard filters by: nothing of a kind chosen means all of it. */
export const NO_FILTER = { text: "", states: [], reasons: [], groups: [] };

/** What a dashboard sorts, filters and counts by, made anew each second; what costs is kept. */
export class Rows {
  #collator;
  #minutes;
  #fixed = new WeakMap(); // student as last heard of → what the time does not change
  #places = new Map(); // name → its place in the alphabet

  constructor(locale, minutes) {
    this.#collator = new Intl.Collator(locale, { numeric: true });
    this.#minutes = minutes;
  }

  /** A row of each student at `now` (epoch ms). */
  of(students, now) {
    const rows = [];
    for (const student of students) {
      const { reason, since } = attention(student, now, this.#minutes);
      rows.push({ ...this.#known(student), reason, since: since ? Date.parse(since) : 0 });
    }
    this.#place(rows);
    return rows;
  }

  #known(student) {
    let known = this.#fixed.get(student);
    if (!known) {
      const { student_email: email, student_name, current_sentence, progress, group = "" } = student;
      const found = [student_name, email, current_sentence, group].join("\n").toLowerCase();
      known = { student, email, name: nameOf(student), state: stateOf(student), progress, group, found };
      this.#fixed.set(student, known);
    }
    return known;
  }

  /** To compare words costs: each has a number, reckoned anew only when a word is new. */
  #place(rows) {
    const words = rows.flatMap(({ name, group }) => [name, group]);
    if (words.some((word) => !this.#places.has(word))) {
      const sorted = [...new Set(words)].sort(this.#collator.compare);
      this.#places = new Map(sorted.map((word, place) => [word, place]));
    }
    for (const row of rows) [row.namePlace, row.groupPlace] = [row.name, row.group].map((word) => this.#places.get(word));
  }
}

const ATTENTION_RANK = [...REASONS, NONE];
const RANKS = {
  attention: (row) => (row.state === FINISHED ? ATTENTION_RANK.length : ATTENTION_RANK.indexOf(row.reason)),
  name: () => 0,
  progress: (row) => row.progress,
  group: (row) => (row.group ? row.groupPlace : Infinity),
};

/** The rows in the order to show; by attention: the most urgent reason first, of one reason the longest. */
export function inOrder(rows, order) {
  const rank = RANKS[order] ?? RANKS.attention;
  const ranked = rows.map((row) => [rank(row), row]);
  const since = (row) => (order === "attention" ? row.since : 0);
  ranked.sort(([a, one], [b, other]) =>
    compare(a, b) || since(one) - since(other) || one.namePlace - other.namePlace || compare(one.email, other.email));
  return ranked.map(([, row]) => row);
}

/** Whether a row passes a filter `{text, states, reasons, groups}`. */
export function passes(row, { text, states, reasons, groups }) {
  const isOf = (chosen, value) => !chosen.length || chosen.includes(value);
  if (!isOf(states, row.state) || !isOf(reasons, row.reason) || !isOf(groups, row.group)) return false;
  return row.found.includes(text.trim().toLowerCase());
}

/** How many rows there are of each state, reason and group: `{states, reasons, groups}`, each a Map. */
export function countsOf(rows) {
  const counts = { states: new Map(), reasons: new Map(), groups: new Map() };
  const add = (map, value) => map.set(value, (map.get(value) ?? 0) + 1);
  for (const { state, reason, group } of rows) {
    add(counts.states, state);
    add(counts.reasons, reason);
    if (group) add(counts.groups, group);
  }
  return counts;
}

/** What a student does, in one word of the contract, or `offline`. */
export function stateOf({ online, status }) {
  return online ? (status ?? IDLE) : OFFLINE;
}

/** A student's name, or the address of one without. */
export function nameOf(student) {
  return student.student_name || student.student_email;
}

function compare(a, b) {
  return a < b ? -1 : Number(a > b);
}
