/** When to come back after a close, and how long to wait. Pure. */
const BASE_MS = 1_000;
const CAP_MS = 30_000;
const LEAST_MS = new Map([
  [4010, 30_000], // too many connections of one user: another tab must go first
  [4013, 5_000], // too many messages
]);

/** Tell whether a close means "come back"; from 4400 on it means "not as you are". */
export function comesBack(code) {
  return code < 4400;
}

/** Milliseconds that must pass after a close, whatever else happens. */
export function leastWait(code) {
  return LEAST_MS.get(code) ?? 0;
}

/** Milliseconds to wait before attempt number `attempt` (from 0): exponential, with full jitter. */
export function backoff(attempt, random = Math.random) {
  return random() * Math.min(CAP_MS, BASE_MS * 2 ** attempt);
}
