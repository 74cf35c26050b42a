import assert from "node:assert/strict";
import { test } from "node:test";
import { Practice, rightLength } from "../../../realtime/static/realtime/student/practice.js";
import { SentFeedback } from "../../../realtime/static/realtime/tutor/sent_feedback.js";

const started = () => {
  const practice = new Practice(["Hello.", "Bye."]);
  practice.start("s1");
  return practice;
};

test("typing moves progress within a sentence", () => {
  const practice = started();
  practice.type("hel");
  assert.equal(practice.progress, 25);
});

test("the last sentence typed to its end is all there is", () => {
  const practice = started();
  practice.next();
  practice.type("bye.");
  assert.equal(practice.progress, 100);
});

test("after the last sentence the session is finished", () => {
  const practice = started();
  practice.next();
  practice.next();
  assert.deepEqual(practice.report(), { status: "finished", session_id: "s1", current_sentence: "Bye.", progress: 100 });
});

test("typing ends a pause and idleness; a pause outlasts idleness", () => {
  const practice = started();
  practice.pause();
  practice.idle();
  assert.equal(practice.status, "paused");
  practice.type("h");
  assert.equal(practice.status, "studying");
});

test("a reload goes on where it was", () => {
  const practice = started();
  practice.next();
  const again = new Practice(["Hello.", "Bye."], JSON.parse(JSON.stringify(practice)));
  assert.deepEqual(again.report(), practice.report());
});

test("what was kept of other sentences is forgotten", () => {
  assert.equal(new Practice(["One."], { at: 7, status: "studying" }).status, "none");
});

test("only the beginning counts as right", () => {
  assert.equal(rightLength("Hello there", "  HELLO here"), 6);
});

test("a state of feedback never goes back", () => {
  const sent = new SentFeedback();
  sent.put({ key: "m", message_id: "m", state: "delivered", timestamp: "1" });
  sent.advance({ message_id: "m", state: "seen" });
  sent.put({ key: "m", message_id: "m", state: "delivered", timestamp: "1" });
  assert.equal(sent.items.get("m").state, "seen");
});

test("a state that comes before the answer is not lost", () => {
  const sent = new SentFeedback();
  sent.put({ key: "k", state: "sending", timestamp: "1" });
  assert.equal(sent.advance({ message_id: "m", state: "seen" }), false);
  sent.answered("k", { message_id: "m", state: "delivered", timestamp: "1" });
  assert.deepEqual(sent.newestFirst().map(({ key, state }) => [key, state]), [["m", "seen"]]);
});
