/** A browser's storage for tests of what is kept there. */

/** Give this run an empty `localStorage`; answers the texts in it by their keys. */
export function emptyStorage() {
  const texts = new Map();
  const value = {
    getItem: (key) => texts.get(key) ?? null,
    setItem: (key, text) => texts.set(key, text),
    removeItem: (key) => texts.delete(key),
  };
  Object.defineProperty(globalThis, "localStorage", { configurable: true, value });
  return texts;
}
