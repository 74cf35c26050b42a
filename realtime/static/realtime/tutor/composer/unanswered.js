/** Feedback that was tried without an answer: nobody knows whether the server has stored it. Pure. */
export const TRY_LATER = 429; // refused for now, so surely not stored

/** Whether an item on its way out may be among what the server has. */
export function isUnanswered({ state, isTried, status }) {
  return state === "sending" || (state === "waiting" && isTried && status !== TRY_LATER);
}

/** Whether `frame`, which the server has, may be one of `items`: the answer to come will tell, by its id. */
export function mayBeOneOf(items, frame) {
  const isSame = (item) => item.session_id === frame.session_id && item.message.trim() === frame.message.trim();
  return items.some((item) => isUnanswered(item) && isSame(item));
}
