import assert from "node:assert/strict";
import { test } from "node:test";
import { numberWords } from "../../../realtime/static/realtime/student/number_words.js";
import { bestMatch, match } from "../../../realtime/static/realtime/student/sentence_match.js";

const enough = [
  ["Hello, how are you today?", "hello how are YOU today"],
  ["Hello, how are you today?", "  Hello ,how are you today!! "],
  ["Hello, how are you today?", "helo how are yuo today"],
  ["Hello, how are you today?", "um hello how are you uh today"],
  ["Hello, how are you today?", "how are you today"],
  ["I'm here; don't go.", "im here dont go"],
  ["I’m here; don't go.", "I am here, do not go"],
  ["I am here; do not go.", "I'm here, don’t go"],
  ["I'll stay.", "ill stay"],
  ["She has lived in Seoul for almost ten years.", "She's lived in Seoul for almost 10 years"],
  ["I would like a table for two, please.", "I'd like a table for 2 please"],
  ["Three thousand trees grew through the thick fog.", "3,000 trees grew through the thick fog"],
  ["Meet me at seven.", "meet me at 7:00"],
  ["Twenty-one cafés", "twenty one cafe\u0301s"],
  ["Thank you very much for your help.", "thank you very much for you help"],
];
for (const [sentence, given] of enough) {
  test(`"${given}" is enough of "${sentence}"`, () => assert.equal(match(sentence, given).isEnough, true));
}

const tooLittle = [
  ["Hello, how are you today?", ""],
  ["Hello, how are you today?", "안녕하세요"],
  ["Hello, how are you today?", "hello how are"],
  ["Hello, how are you today?", "today you are how hello"],
  ["Hello, how are you today?", "hello how are you today ".repeat(3)],
  ["Hello, how are you today?", "x ".repeat(300)],
  ["I can't go", "I can go"],
  ["Bye.", "by"],
  ["I live here.", "I love her"],
];
for (const [sentence, given] of tooLittle) {
  test(`"${given.slice(0, 40)}" is not enough of "${sentence}"`, () => assert.equal(match(sentence, given).isEnough, false));
}

test("the pieces are the sentence, with the words that are there", () => {
  const { pieces, right, all } = match("Hello, how are you today?", "helo, how you");
  assert.equal(pieces.map(({ text }) => text).join(""), "Hello, how are you today?");
  const states = pieces.filter(({ state }) => state).map(({ text, state }) => `${text} ${state}`);
  assert.deepEqual(states, ["Hello slip", "how right", "are missing", "you right", "today missing"]);
  assert.deepEqual([right, all], [3, 5]);
});

test("of what may have been said the best counts", () => {
  assert.equal(bestMatch("I see the ship.", ["I see the sheep", "I see the ship"]), "I see the ship");
  assert.equal(bestMatch("I see the ship.", []), "");
});

test("numbers are said in words", () => {
  const said = (figures) => numberWords(figures).join(" ");
  assert.equal(said("0"), "zero");
  assert.equal(said("342"), "three hundred forty two");
  assert.equal(said("21000015"), "twenty one million fifteen");
  assert.equal(said("007"), "007");
  assert.equal(said("99999999999"), "99999999999");
});
