/**
 * How well a sentence was typed or said: which of its words are there, and whether that is enough. Pure.
 *
 * Compared are words, in order: whatever their case, punctuation, apostrophes, hyphens and Unicode form,
 * written out or contracted ("I'm", "I am", "Im"), in figures or in words (a recogniser writes "7").
 */
import { numberWords } from "./number_words.js";

/** A sentence counts when this share of it is there; a missing, a wrong and a surplus word cost one each. */
export const GOOD_ENOUGH = 0.8;
/** A word with a slip of the finger costs this much of a word. */
const SLIP = 0.25;
const LONGEST = 200; // words; nobody says more, and comparing costs their square

const APOSTROPHES = /[\u2018\u2019\u02bc\u00b4\uff07`]/g;
const WORD = /\d+(?:,\d{3})+|\d+:00|[\p{L}\p{M}\p{N}]+(?:['\u2018\u2019\u02bc\u00b4\uff07`][\p{L}\p{M}]+)*/gu;
const FILLERS = new Set(["um", "uh", "er", "eh", "hmm", "mm"]);
const WHOLE = { "can't": "can not", cannot: "can not", "won't": "will not", "shan't": "shall not", "let's": "let us", gonna: "going to", wanna: "want to", ok: "okay" };
const ENDINGS = [[/n't$/, " not"], [/'m$/, " am"], [/'re$/, " are"], [/'ve$/, " have"], [/'ll$/, " will"], [/'s$/, " 's"], [/'d$/, " 'd"]];
// What an ending that may stand for several words stands for.
const MAY_BE = { "'s": ["is", "has", "us"], "'d": ["would", "had", "did"] };

/**
 * Compare `given` with `sentence`, in `language`: `{pieces: [{text, state}], right, all, share, isEnough}`.
 *
 * Korean is compared syllable by syllable, since its spaces are a matter of taste.
 */
export function match(sentence, given, language = "en") {
  const words = wordsOf(sentence);
  const spelled = language === "ko" ? (word) => [...word] : spelledOut;
  const stateOf = language === "ko" ? mostly : worst;
  const wanted = words.flatMap(({ word }, index) => spelled(word).map((token) => ({ token, index })));
  const bare = new Map(words.map(({ word }) => [word.replaceAll("'", ""), word]));
  const said = wordsOf(given).slice(0, LONGEST)
    .flatMap(({ word }) => spelled(bare.get(word) ?? word)).filter((token) => !FILLERS.has(token));
  const { cost, states } = align(wanted.map(({ token }) => token), said.slice(0, LONGEST * 3));
  const ofWords = words.map((_, index) => stateOf(states.filter((_, at) => wanted[at].index === index)));
  const share = wanted.length ? Math.max(0, 1 - cost / wanted.length) : 1;
  return {
    pieces: piecesOf(sentence.normalize("NFC"), words, ofWords),
    right: ofWords.filter((state) => state !== "missing").length,
    all: words.length,
    share,
    isEnough: share >= GOOD_ENOUGH - 1e-9,
  };
}

/** Of several things that may have been said, the one that matches `sentence` best. */
export function bestMatch(sentence, candidates, language = "en") {
  const shareOf = (text) => match(sentence, text, language).share;
  return candidates.reduce((best, text) => (shareOf(text) > shareOf(best) ? text : best), candidates[0] ?? "");
}

/** The words of a text: as they are written, where, and as they are compared. */
function wordsOf(text) {
  return [...text.normalize("NFC").matchAll(WORD)].map(({ 0: written, index: from }) => {
    const word = written.toLowerCase().replace(APOSTROPHES, "'").replaceAll(",", "").replace(/:00$/, "");
    return { text: written, from, word };
  });
}

/** The whole sentence in pieces: its words with their states, and what stands between them with "". */
function piecesOf(sentence, words, states) {
  const pieces = [];
  let at = 0;
  words.forEach(({ text, from }, index) => {
    pieces.push({ text: sentence.slice(at, from), state: "" }, { text, state: states[index] });
    at = from + text.length;
  });
  return [...pieces, { text: sentence.slice(at), state: "" }].filter(({ text }) => text);
}

function spelledOut(word) {
  if (/^\d+$/.test(word)) return numberWords(word);
  if (WHOLE[word]) return WHOLE[word].split(" ");
  const ending = ENDINGS.find(([pattern]) => pattern.test(word));
  return ending ? word.replace(...ending).split(" ") : [word];
}

const worst = (states) => ["missing", "slip", "right"].find((state) => states.includes(state)) ?? "missing";

/** A word is right with all of its syllables, and nearly so with more than half of them. */
function mostly(states) {
  const right = states.filter((state) => state === "right").length;
  if (right === states.length) return "right";
  return right > states.length / 2 ? "slip" : "missing";
}

/** What it costs to turn `said` into `wanted`, and the state of each wanted word in the cheapest way. */
function align(wanted, said) {
  const costs = [Array.from({ length: said.length + 1 }, (_, at) => at)];
  for (let row = 1; row <= wanted.length; row += 1) {
    costs[row] = [row];
    for (let column = 1; column <= said.length; column += 1) {
      costs[row][column] = Math.min(
        costs[row - 1][column - 1] + difference(wanted[row - 1], said[column - 1]),
        costs[row - 1][column] + 1,
        costs[row][column - 1] + 1,
      );
    }
  }
  return { cost: costs[wanted.length][said.length], states: statesOf(costs, wanted, said) };
}

function statesOf(costs, wanted, said) {
  const states = wanted.map(() => "missing");
  let [row, column] = [wanted.length, said.length];
  while (row && column) {
    const own = difference(wanted[row - 1], said[column - 1]);
    const here = costs[row][column];
    // Missing words first: of two equal ways the one where the beginning of the sentence was said.
    if (here === costs[row - 1][column] + 1) row -= 1;
    else if (here === costs[row - 1][column - 1] + own) {
      [row, column] = [row - 1, column - 1];
      if (own < 1) states[row] = own ? "slip" : "right";
    } else column -= 1;
  }
  return states;
}

function difference(wanted, said) {
  if (wanted === said || MAY_BE[wanted]?.includes(said) || MAY_BE[said]?.includes(wanted)) return 0;
  return isSlip(wanted, said) ? SLIP : 1;
}

/**
 * One letter wrong, missing, too many or in the wrong place; two in a long word. Short words are exact,
 * but for two letters the wrong way round.
 */
function isSlip(wanted, said) {
  if (wanted.length === said.length && wanted.length >= 3 && isSwapped(wanted, said)) return true;
  const allowed = wanted.length >= 9 ? 2 : 1;
  if (wanted.length < 5 || said.length < 4 || Math.abs(wanted.length - said.length) > allowed) return false;
  return letterDistance([...wanted], [...said]) <= allowed;
}

function isSwapped(wanted, said) {
  const at = [...wanted].findIndex((letter, index) => letter !== said[index]);
  return wanted.slice(0, at) + wanted[at + 1] + wanted[at] + wanted.slice(at + 2) === said;
}

function letterDistance(one, other) {
  const costs = [Array.from({ length: other.length + 1 }, (_, at) => at)];
  for (let row = 1; row <= one.length; row += 1) {
    costs[row] = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const differs = one[row - 1] === other[column - 1] ? 0 : 1;
      costs[row][column] = Math.min(
        costs[row - 1][column - 1] + differs,
        costs[row - 1][column] + 1,
        costs[row][column - 1] + 1,
      );
      const swapped = row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      if (swapped) costs[row][column] = Math.min(costs[row][column], costs[row - 2][column - 2] + 1);
    }
  }
  return costs[one.length][other.length];
}
