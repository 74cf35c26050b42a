/** Who needs attention, why, and since when: SPEC.md section 11, and nothing of a page. Pure. */
import { STATUSES } from "./contract.js";

const [STUDYING, IDLE, PAUSED, FINISHED] = STATUSES;
const MINUTE_MS = 60_000;

/** The reasons, the most urgent first. */
export const REASONS = ["help", IDLE, "stuck", PAUSED, "unvisited"];
/** The reason of who needs nobody. */
export const NONE = "none";
/** After how many minutes each reason holds, where nobody says otherwise. */
export const USUAL_MINUTES = { idle: 3, stuck: 5, paused: 10, unvisited: 25 };

/**
 * The first reason that holds for a student at `now` (epoch ms): `{reason, since}`, `since` an ISO time or
 * null. `minutes` says after how long each does; fractions are fine.
 */
export function attention(student, now, minutes = USUAL_MINUTES) {
  if (isInClass(student)) {
    for (const [reason, since] of candidates(student)) {
      // A question is one at once, where this clock is a little behind the server's too.
      const least = reason === "help" ? -Infinity : minutes[reason] * MINUTE_MS;
      if (since && now - Date.parse(since) >= least) return { reason, since };
    }
  }
  return { reason: NONE, since: null };
}

/** Whether a student is in class: online, and not finished. */
export function isInClass({ online, status }) {
  return online && status !== FINISHED;
}

/** Each reason that could hold, with the moment it is counted from. */
function candidates({ status, help, status_since, progress_since, last_feedback, came_at }) {
  const found = help ? [["help", help.asked_at]] : [];
  if (status === IDLE) found.push([IDLE, status_since]);
  if (status === STUDYING) found.push(["stuck", progress_since]);
  if (status === PAUSED) found.push([PAUSED, status_since]);
  if (status === STUDYING) found.push(["unvisited", later(last_feedback?.timestamp, came_at)]);
  return found;
}

function later(one, other) {
  if (!one || !other) return one ?? other ?? null;
  return Date.parse(one) > Date.parse(other) ? one : other;
}
