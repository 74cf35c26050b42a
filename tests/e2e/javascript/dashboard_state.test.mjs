import assert from "node:assert/strict";
import { test } from "node:test";
import { Board } from "../../../realtime/static/realtime/client/dashboard_state.js";

const NOW = Date.parse("2026-01-14T10:30:00.000Z");
const agoIso = (seconds) => new Date(NOW - seconds * 1000).toISOString();

function student(email, fields = {}) {
  return { student_email: email, student_name: "", status: "studying", current_sentence: "", progress: 0,
    last_update: agoIso(0), session_id: "s", online: true, version: 1, ...fields };
}
const frame = (action, data, more = {}) => ({ type: "dashboard", action, target_tutor_email: "t", data, ...more });
const snapshot = (students, more) => frame("broadcast_all", { students, generated_at: agoIso(0) }, more);
const emails = (board) => [...board.students.keys()].sort();

test("a snapshot lists the roster, and those who are not in it go", () => {
  const board = new Board();
  board.apply(snapshot([student("a"), student("b")]));
  assert.deepEqual(board.apply(snapshot([student("b", { version: 2 })])).sort(), ["a", "b"]);
  assert.deepEqual(emails(board), ["b"]);
});

test("a snapshot in parts counts when its last part came", () => {
  const board = new Board();
  board.apply(snapshot([student("old")]));
  board.apply(snapshot([student("a")], { part: 1, parts: 2 }));
  assert.deepEqual(emails(board), ["a", "old"]);
  board.apply(snapshot([student("b")], { part: 2, parts: 2 }));
  assert.deepEqual(emails(board), ["a", "b"]);
});

test("a snapshot whose beginning was lost is not taken for the whole", () => {
  const board = new Board();
  board.apply(snapshot([student("a")]));
  board.apply(snapshot([student("x")], { part: 1, parts: 2 }));
  board.interrupted();
  assert.deepEqual(board.apply(snapshot([student("b")], { part: 2, parts: 2 })), []);
  assert.ok(board.students.has("a"));
});

test("an older version never replaces a newer one, not by a snapshot either", () => {
  const board = new Board();
  board.apply(frame("update", student("a", { version: 9, progress: 90 })));
  assert.deepEqual(board.apply(frame("update", student("a", { version: 8, progress: 80 }))), []);
  board.apply(snapshot([student("a", { version: 7, progress: 70 })]));
  assert.equal(board.students.get("a").progress, 90);
});

test("a batch of updates changes each of its students", () => {
  const board = new Board();
  const changed = board.apply(frame("updates", { students: [student("a"), student("b")] }));
  assert.deepEqual(changed, ["a", "b"]);
});

test("who left for a disconnection stays listed, offline", () => {
  const board = new Board();
  board.apply(frame("student_joined", student("a")));
  board.apply(frame("student_left", student("a", { version: 2, online: false, reason: "disconnected" })));
  assert.equal(board.students.get("a").online, false);
  assert.ok(!("reason" in board.students.get("a")));
});

test("who was removed is gone, and a late update does not bring them back", () => {
  const board = new Board();
  board.apply(frame("student_joined", student("a", { version: 3 })));
  board.apply(frame("student_left", student("a", { version: 5, reason: "removed" })));
  board.apply(frame("update", student("a", { version: 4 })));
  assert.deepEqual(emails(board), []);
  board.apply(snapshot([student("a", { version: 4 })]));
  assert.deepEqual(emails(board), ["a"]);
});

const ID = (ms, end = "0") => `${ms.toString(16).padStart(12, "0").replace(/(.{8})/, "$1-")}-7000-8000-00000000000${end}`;
const far = (state, id = ID(NOW), more = {}) => ({ type: "feedback_status", message_id: id, student_email: "a", state, acknowledged: false, ...more });
const lastOf = (board) => board.students.get("a").last_feedback;

test("the last feedback of a snapshot outlives updates, which do not have it", () => {
  const board = new Board();
  const last_feedback = { message_id: ID(NOW), state: "queued", timestamp: agoIso(0) };
  board.apply(snapshot([student("a", { last_feedback })]));
  board.apply(frame("update", student("a", { version: 2 })));
  assert.deepEqual(lastOf(board), last_feedback);
});

test("newer feedback takes the place of older, with the time its id says, and never goes back", () => {
  const board = new Board();
  board.apply(snapshot([student("a", { last_feedback: null })]));
  assert.deepEqual(board.advance(far("delivered", ID(NOW - 60_000))), ["a"]);
  assert.equal(lastOf(board).timestamp, agoIso(60));
  board.advance(far("seen"));
  for (const old of [far("played", ID(NOW - 60_000)), far("queued"), far("delivered")]) assert.deepEqual(board.advance(old), []);
  assert.equal(lastOf(board).state, "seen");
});

test("an acknowledgement counts, and outlives a snapshot that does not say it", () => {
  const board = new Board();
  board.apply(snapshot([student("a")]));
  board.advance(far("delivered"));
  assert.deepEqual(board.advance(far("delivered", ID(NOW), { acknowledged: true })), ["a"]);
  board.apply(snapshot([student("a", { last_feedback: { message_id: ID(NOW), state: "delivered", timestamp: agoIso(0) } })]));
  assert.ok(lastOf(board).acknowledged);
});

test("how far feedback came is taken from a snapshot whose state is old", () => {
  const board = new Board();
  board.apply(frame("update", student("a", { version: 9, progress: 90 })));
  const last_feedback = { message_id: ID(NOW), state: "seen", timestamp: agoIso(0) };
  assert.deepEqual(board.apply(snapshot([student("a", { version: 7, last_feedback })])), ["a"]);
  assert.deepEqual([board.students.get("a").progress, lastOf(board)], [90, last_feedback]);
});

test("feedback to somebody who is not in the class changes nothing", () => {
  const board = new Board();
  assert.deepEqual(board.advance(far("seen")), []);
  assert.deepEqual(emails(board), []);
});

test("a board is current from a whole snapshot until the connection breaks", () => {
  const board = new Board();
  board.apply(snapshot([student("a")], { part: 1, parts: 2 }));
  assert.equal(board.isCurrent, false);
  board.apply(snapshot([student("b")], { part: 2, parts: 2 }));
  assert.equal(board.isCurrent, true);
  board.interrupted();
  assert.deepEqual([board.isCurrent, board.complete], [false, true]);
});
