/** Days of loans, and who is lent, in the reader's words. */
import { LOCALE, text } from "../../pages/page.js";

const DAY_MS = 86_400_000;
const WEEKDAY = new Intl.DateTimeFormat(LOCALE, { weekday: "long" });
const DATE = new Intl.DateTimeFormat(LOCALE, { month: "long", day: "numeric" });

/** A day of the school such as 2026-03-06, by its date. */
export function dayWords(day) {
  return DATE.format(noonOf(day));
}

/** "for Emma Baker until Friday"; empty for a tutor's own student. */
export function lentWords({ lent_by: lent }, now) {
  if (!lent) return "";
  const until = noonOf(lent.until);
  const days = Math.round((until - new Date(now).setHours(12, 0, 0, 0)) / DAY_MS);
  const name = lent.tutor_name || lent.tutor_email;
  if (days <= 0) return text("card.lent_today", { name });
  return text("card.lent", { name, day: (days < 7 ? WEEKDAY : DATE).format(until) });
}

function noonOf(day) {
  return new Date(`${day}T12:00:00`);
}
