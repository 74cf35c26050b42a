/** Tells a fault of the program, which no waiting mends, from one of the network. Pure. */

// What the engines say of a mistake in code; they never translate it. A failed fetch is a TypeError as
// well, in words of the browser's own, often in the reader's language: whatever else is taken for that.
const MISTAKE = new RegExp(
  [
    "is not a (function|constructor)",
    "is not (an object|defined|iterable)",
    "is (undefined|null)$",
    "(read|set) propert",
    "(access|convert) ",
    "parse url",
    "invalid url",
    "private (field|member|method|name)",
    "valid url",
    "url is not valid",
  ].join("|"),
  "i",
);

/** Whether `error`, thrown by code that asks the network, is the code's own. */
export function isProgramFault(error) {
  if (error instanceof ReferenceError || error instanceof RangeError) return true;
  return error instanceof TypeError && MISTAKE.test(error.message);
}
