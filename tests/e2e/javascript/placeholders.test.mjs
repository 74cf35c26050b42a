import assert from "node:assert/strict";
import { test } from "node:test";
import { filled, repliesIn, unfilled } from "../../../realtime/static/realtime/tutor/composer/placeholders.js";

const VALUES = { name: "김서연", sentence: "It costs $& and {name}." };

test("placeholders stand for the student's name and sentence, in either language", () => {
  assert.equal(filled("{name}: {sentence}", VALUES), "김서연: It costs $& and {name}.");
  assert.equal(filled("{이름}, {문장}", VALUES), filled("{name}, {sentence}", VALUES));
});

test("other braces stay as they are", () => {
  assert.equal(filled("{} {Name} {age}", VALUES), "{} {Name} {age}");
});

test("what a quick reply says of one student becomes a placeholder again for several", () => {
  const replies = [{ template: "Well done, {name}!", filled: "Well done, 김서연!" }];
  assert.equal(unfilled("Hi. Well done, 김서연! 김서연", replies), "Hi. Well done, {name}! 김서연");
});

test("a quick reply that was changed by hand is the tutor's own words", () => {
  const replies = [{ template: "Well done, {name}!", filled: "Well done, 김서연!" }, { template: "Good", filled: "Good" }];
  assert.deepEqual(repliesIn("Well done, 서연! Good", replies), []);
});
