/** Which cards a dashboard shows, and in which order. Pure: no page here. */
import { attention } from "../client/attention.js";

const RANK = { help: 0, waiting: 1, working: 2, finished: 3, offline: 4 };

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
