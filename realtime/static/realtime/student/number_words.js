/** Whole numbers in English words, as they are said. Pure. */
const ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(" ");
const TENS = ",,twenty,thirty,forty,fifty,sixty,seventy,eighty,ninety".split(",");
const SCALES = [[1_000_000, "million"], [1_000, "thousand"], [100, "hundred"]];
const LARGEST = 999_999_999;

/** The words of a number written in figures; what is too large, or begins with a zero, stays as it is. */
export function numberWords(figures) {
  const value = Number(figures);
  return value <= LARGEST && String(value) === figures ? wordsOf(value) : [figures];
}

function wordsOf(value) {
  if (value < 20) return [ONES[value]];
  if (value < 100) return [TENS[Math.floor(value / 10)], ...rest(value % 10)];
  const [size, name] = SCALES.find(([scale]) => value >= scale);
  return [...wordsOf(Math.floor(value / size)), name, ...rest(value % size)];
}

const rest = (value) => (value ? wordsOf(value) : []);
