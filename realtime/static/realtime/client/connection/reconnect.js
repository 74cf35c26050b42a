/** When to come back after a close, and how long to wait. Pure. */
import { CLOSE_CODES, FIRST_FINAL_CLOSE_CODE } from "../contract.js";

const BASE_MS = 1_000;
const CAP_MS = 30_000;
const LEAST_MS = new Map([
  [CLOSE_CODES.TOO_MANY_CONNECTIONS, 30_000], // another tab must go first
  [CLOSE_CODES.TOO_MANY_MESSAGES, 5_000],
]);

/** Whether a close means "come back", not "not as you are". */
export function comesBack(code) {
  return code < FIRST_FINAL_CLOSE_CODE;
}

/** Milliseconds that must pass after a close, whatever else happens: as the server told, if it did. */
export function leastWait(code, told) {
  return told ?? LEAST_MS.get(code) ?? 0;
}

/** Milliseconds to wait before attempt number `attempt` (from 0): exponential, with full jitter. */
export function backoff(attempt, random = Math.random) {
  return random() * Math.min(CAP_MS, BASE_MS * 2 ** attempt);
}
