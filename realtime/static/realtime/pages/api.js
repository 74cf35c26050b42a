/** Calls of the REST API with the page's own session. */
const TIMEOUT_MS = 10_000;

/** Why a call failed: `status` 0 when there was no answer. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** GET `path` with the given query; answers the JSON, raises ApiError. */
export function get(path, query = {}) {
  return call(`${path}?${new URLSearchParams(query)}`, { method: "GET" });
}

/** POST `body` once, however often it is repeated with the same `key`. */
export function post(path, body, key) {
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  return call(path, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "Content-Type": "application/json", "X-CSRFToken": token, "Idempotency-Key": key },
  });
}

async function call(path, options) {
  const response = await fetch(path, { ...options, signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(
    () => null,
  );
  const body = await response?.json().catch(() => null);
  if (!response || !body) throw new ApiError(response?.status ?? 0, "");
  if (!response.ok) throw new ApiError(response.status, sentencesOf(body));
  return body;
}

/** The sentences in an error's body, whatever its shape. */
function sentencesOf(body) {
  if (typeof body === "string") return body;
  if (Array.isArray(body)) return body.map(sentencesOf).join(" ");
  if (body.message ?? body.detail) return sentencesOf(body.message ?? body.detail);
  return Object.values(body ?? {}).map(sentencesOf).join(" ");
}
