/** A dashboard's state: every student as last shown, and who needs help. Pure: no page here. */
import { STATUSES } from "./contract.js";

const [STUDYING, IDLE, , FINISHED] = STATUSES;
const STUCK_MS = { [STUDYING]: 120_000, [IDLE]: 60_000 };
const RANK = { help: 0, waiting: 1, working: 2, finished: 3, offline: 4 };

export class Board {
  /** E-mail address → student, as in the `data` of a dashboard frame. */
  students = new Map();
  /** True once a whole snapshot has come. */
  complete = false;
  #gone = new Map(); // address → version at which a student left the roster
  #snapshot = null; // parts of a snapshot that is still coming: {next, listed}

  /** Take one `dashboard` frame in; returns the addresses that changed. */
  apply(frame) {
    const { action, data } = frame;
    if (action === "broadcast_all") return this.#list(frame);
    if (action === "updates") return data.students.flatMap((student) => this.#take(student));
    if (action === "student_left" && data.reason === "removed") return this.#remove(data);
    return this.#take(data);
  }

  /** Forget a snapshot whose other parts will never come: the connection broke. */
  interrupted() {
    this.#snapshot = null;
  }

  #take(student) {
    const { student_email: email, version } = student;
    const known = this.students.get(email)?.version ?? this.#gone.get(email) ?? -1;
    if (version < known) return [];
    const { reason, ...kept } = student;
    this.students.set(email, kept);
    this.#gone.delete(email);
    return [email];
  }

  #remove({ student_email: email, version }) {
    if (version < (this.students.get(email)?.version ?? -1)) return [];
    this.#gone.set(email, version);
    return this.students.delete(email) ? [email] : [];
  }

  #list({ data, part = 1, parts = 1 }) {
    if (part === 1) this.#snapshot = { next: 1, listed: new Set() };
    const snapshot = this.#snapshot;
    if (snapshot?.next !== part) return []; // the beginning of this snapshot was lost
    snapshot.next += 1;
    // A snapshot says who is in the roster now, whatever was said before.
    for (const { student_email: email } of data.students) this.#gone.delete(email);
    const changed = data.students.flatMap((student) => {
      snapshot.listed.add(student.student_email);
      return this.#take(student);
    });
    return part < parts ? changed : [...changed, ...this.#finish(snapshot)];
  }

  #finish({ listed }) {
    this.#snapshot = null;
    this.complete = true;
    const missing = [...this.students.keys()].filter((email) => !listed.has(email));
    for (const email of missing) this.students.delete(email);
    return missing;
  }
}

/** How a student stands at `now` (epoch ms): help, waiting, working, finished or offline. */
export function attention(student, now) {
  if (!student.online) return "offline";
  if (student.status === FINISHED) return "finished";
  if (quietFor(student, now) >= (STUCK_MS[student.status] ?? Infinity)) return "help";
  return student.status === STUDYING ? "working" : "waiting";
}

/** Milliseconds since the student's last update; 0 when there was none. */
export function quietFor(student, now) {
  return student.last_update ? Math.max(0, now - Date.parse(student.last_update)) : 0;
}

/** Addresses in the order to show: those who need help first, the longest quiet on top. */
export function inOrder(students, order, now, locale) {
  const byName = new Intl.Collator(locale, { numeric: true }).compare;
  const rows = students.map((student) => ({
    name: nameOf(student),
    email: student.student_email,
    rank: order === "name" ? 0 : RANK[attention(student, now)],
    since: student.last_update ?? "",
  }));
  const quietest = (a, b) => (a.rank === RANK.help && order !== "name" ? compare(a.since, b.since) : 0);
  rows.sort((a, b) => a.rank - b.rank || quietest(a, b) || byName(a.name, b.name) || compare(a.email, b.email));
  return rows.map(({ email }) => email);
}

/** Whether a student passes the dashboard's filter `{text, show}`. */
export function passes(student, { text, show }, now) {
  const words = text.trim().toLowerCase();
  const where = [student.student_name, student.student_email, student.current_sentence];
  if (words && !where.some((field) => field?.toLowerCase().includes(words))) return false;
  if (show === "help") return attention(student, now) === "help";
  if (show === "online") return student.online;
  return show !== "offline" || !student.online;
}

/** A student's name, or the address of one without. */
export function nameOf(student) {
  return student.student_name || student.student_email;
}

function compare(a, b) {
  return a < b ? -1 : Number(a > b);
}
