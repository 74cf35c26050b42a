/** What is read off and written into frames. Pure. */

/** A new message id; works without https too, where `crypto.randomUUID` does not exist. */
export function newId() {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Read one frame; null for anything that is none. */
export function parse(data) {
  try {
    const frame = JSON.parse(data);
    return typeof frame?.type === "string" ? frame : null;
  } catch {
    return null;
  }
}

/** When a JWT ends, in epoch milliseconds; 0 when it does not say. */
export function tokenEnd(token) {
  try {
    const claims = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    return JSON.parse(atob(claims)).exp * 1000;
  } catch {
    return 0;
  }
}
