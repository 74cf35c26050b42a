/** Who needs help, and since when. Pure: no page here. */
import { STATUSES } from "./contract.js";

const [STUDYING, IDLE, , FINISHED] = STATUSES;
/** How long a status may stand still before its student needs help. */
const STUCK_MS = { [STUDYING]: 120_000, [IDLE]: 60_000 };

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
