/** How to bring a list into another order with the fewest moves. Pure: no page here. */

/**
 * The items of `current` that may stay where they are while the others move around them to make it
 * `wanted`: as many as can, `anchor` among them where it is in both.
 */
export function staying(current, wanted, anchor = null) {
  const places = new Map(wanted.map((item, place) => [item, place]));
  const fixed = current.includes(anchor) ? places.get(anchor) : undefined;
  const from = fixed === undefined ? -1 : current.indexOf(anchor);
  const inReach = (place, at) => fixed === undefined || Math.sign(at - from) === Math.sign(place - fixed);
  const kept = current.filter((item, at) => places.has(item) && inReach(places.get(item), at));
  return new Set(longestRise(kept.map((item) => places.get(item))).map((place) => wanted[place]));
}

/** The longest subsequence of distinct numbers that only rises; one of them, if there are several. */
function longestRise(numbers) {
  const ends = []; // index of the smallest end of a rise of each length
  const before = [];
  numbers.forEach((value, at) => {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (numbers[ends[middle]] < value) low = middle + 1;
      else high = middle;
    }
    before[at] = low ? ends[low - 1] : -1;
    ends[low] = at;
  });
  const rise = [];
  for (let at = ends.at(-1) ?? -1; at >= 0; at = before[at]) rise.unshift(numbers[at]);
  return rise;
}
