/** Calls of the REST API with the page's own session. */
const TIMEOUT_MS = 10_000;

/**
 * Why a call failed: `status` 0 when there was no answer; `fields` has sentences by the names of the fields
 * that were refused, null where none was; `retryAfter` ms are to pass before the next try.
 */
export class ApiError extends Error {
  constructor(status, message, { fields = null, retryAfter = 0 } = {}) {
    super(message);
    Object.assign(this, { status, fields, retryAfter });
  }
}

/** GET `path` with the given query; answers the JSON, raises ApiError. */
export function get(path, query = {}) {
  return call(`${path}?${new URLSearchParams(query)}`, { method: "GET" });
}

/** POST `body` once, however often it is repeated with the same `key`; `signal` gives the call up. */
export function post(path, body, key, signal = null) {
  return change("POST", path, body, { "Idempotency-Key": key }, signal);
}

/** Add what `body` says to a list of one's own. */
export function add(path, body) {
  return change("POST", path, body);
}

/** Delete what stands at `path`. */
export function remove(path) {
  return change("DELETE", path);
}

function change(method, path, body = null, headers = {}, signal = null) {
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  const sent = body && { body: JSON.stringify(body) };
  const type = body && { "Content-Type": "application/json" };
  return call(path, { method, ...sent, headers: { ...type, "X-CSRFToken": token, ...headers } }, signal);
}

async function call(path, options, signal = null) {
  const controller = new AbortController(); // AbortSignal.any is too new for some
  const giveUp = () => controller.abort();
  const timer = setTimeout(giveUp, TIMEOUT_MS);
  signal?.addEventListener("abort", giveUp);
  try {
    return await answerOf(await fetch(path, { ...options, signal: controller.signal }).catch(() => null));
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", giveUp);
  }
}

async function answerOf(response) {
  if (response?.status === 204) return null;
  const body = await response?.json().catch(() => null);
  if (!response || !body) throw new ApiError(response?.status ?? 0, "");
  if (response.ok) return body;
  const fields = response.status === 400 && !body.detail && !Array.isArray(body) ? fieldsOf(body) : null;
  const retryAfter = 1000 * (Number(response.headers.get("Retry-After")) || 0);
  throw new ApiError(response.status, sentencesOf(body), { fields, retryAfter });
}

function fieldsOf(body) {
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, sentencesOf(value)]));
}

/** The sentences in an error's body, whatever its shape. */
function sentencesOf(body) {
  if (typeof body === "string") return body;
  if (Array.isArray(body)) return body.map(sentencesOf).join(" ");
  if (body.message?.length && typeof body.message === "string") return body.message;
  if (body.detail) return sentencesOf(body.detail);
  return Object.values(body ?? {}).map(sentencesOf).join(" ");
}
