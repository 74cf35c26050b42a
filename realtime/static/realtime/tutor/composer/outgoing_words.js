/** What is said of feedback on its way. */
import { text } from "../../pages/page.js";
import { TRY_LATER } from "./unanswered.js";

const SIGNED_OUT = 401;

/** Whether it may be written anew: nobody knows of what was tried without an answer whether it was stored. */
export function canBeEdited({ state, isTried }) {
  return state === "failed" || (state === "waiting" && !isTried);
}

/** How far an item has come, in words; `state` is the one that is shown. */
export function wordsOf(item, state) {
  if (state === "failed") return failure(item);
  if (state !== "waiting") return text(`feedback.${state}`);
  if (item.status === TRY_LATER) return text("feedback.soon");
  return text(item.isTried ? "feedback.no_answer" : "feedback.waiting");
}

/** Why it was not sent. */
export function failure({ error, status }) {
  if (status === SIGNED_OUT) return text("feedback.not_sent", { why: text("feedback.signed_out") });
  return error ? text("feedback.not_sent", { why: error }) : text("feedback.too_old");
}
