/** What stands on a card, in the reader's words. */
import { NONE } from "../../client/attention.js";
import { clockTime, lasting, LOCALE, text } from "../../pages/page.js";
import { OFFLINE } from "../card_order.js";
import { shownState } from "../sent_feedback.js";

const MINUTE_MS = 60_000;
const DAY = new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium" });

/** Why a student needs help, and for how long: "idle 6 min"; empty for who does not. */
export function reasonWords({ reason, since }, now) {
  if (reason === NONE) return "";
  return text(`reason.${reason}`, { time: lasting(Math.max(0, now - since)) });
}

/** What a student does, in a word. */
export function stateWord({ state }) {
  return text(state === OFFLINE ? "presence.offline" : `status.${state}`);
}

/** For how long they have done it; of who is offline, what they did last. */
export function sinceWords({ student, state }, now) {
  if (state === OFFLINE) return text(student.status ? `status.${student.status}` : "status.never");
  return student.status_since ? lasting(Math.max(0, now - Date.parse(student.status_since))) : "";
}

/** The last feedback a student was given and how far it got. */
export function feedbackWords({ last_feedback: last }, now) {
  if (!last) return text("card.no_feedback");
  const at = Date.parse(last.timestamp);
  const isToday = new Date(at).toDateString() === new Date(now).toDateString();
  const when = isToday ? clockTime(at) : DAY.format(at);
  return text("card.feedback", { when, state: text(`feedback.${shownState(last)}`) });
}

/** What of a card's words the mere time changes: two of one mark read the same. */
export function markOf({ student, reason, since }, now) {
  const minutes = (from) => (from ? Math.floor((now - from) / MINUTE_MS) : -1);
  return `${reason} ${minutes(since)} ${minutes(Date.parse(student.status_since))}`;
}
