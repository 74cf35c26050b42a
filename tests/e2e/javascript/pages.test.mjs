import assert from "node:assert/strict";
import { test } from "node:test";
import { SentFeedback, shownState } from "../../../realtime/static/realtime/tutor/sent_feedback.js";

test("a state of feedback never goes back", () => {
  const sent = new SentFeedback();
  sent.put({ message_id: "m", state: "delivered", timestamp: "1" });
  sent.advance({ message_id: "m", state: "seen" });
  sent.put({ message_id: "m", state: "delivered", timestamp: "1" });
  assert.equal(sent.items.get("m").state, "seen");
});

test("a state that comes before the answer is not lost", () => {
  const sent = new SentFeedback();
  assert.equal(sent.advance({ message_id: "m", state: "seen" }), false);
  sent.put({ message_id: "m", state: "delivered", timestamp: "1" });
  assert.deepEqual(sent.newestFirst().map(({ key, state }) => [key, state]), [["m", "seen"]]);
});

test("what nobody acknowledged is only sent", () => {
  const sent = new SentFeedback();
  sent.put({ message_id: "m", state: "delivered", acknowledged: false, timestamp: "1" });
  const shown = () => sent.newestFirst().map(shownState);
  assert.deepEqual(shown(), ["sent"]);
  sent.advance({ message_id: "m", state: "delivered", acknowledged: true });
  assert.deepEqual(shown(), ["delivered"]);
  sent.put({ message_id: "m", state: "delivered", acknowledged: false, timestamp: "1" });
  sent.advance({ message_id: "m", state: "delivered", acknowledged: false });
  assert.deepEqual(shown(), ["delivered"]);
});

test("an acknowledgement that comes before the answer is not lost", () => {
  const sent = new SentFeedback();
  sent.advance({ message_id: "m", state: "delivered", acknowledged: true });
  sent.put({ message_id: "m", state: "delivered", timestamp: "1" });
  assert.deepEqual(sent.newestFirst().map(shownState), ["delivered"]);
});
