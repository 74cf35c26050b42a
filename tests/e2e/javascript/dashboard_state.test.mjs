import assert from "node:assert/strict";
import { test } from "node:test";
import { attention } from "../../../realtime/static/realtime/client/attention.js";
import { Board } from "../../../realtime/static/realtime/client/dashboard_state.js";
import { inOrder, passes } from "../../../realtime/static/realtime/tutor/card_order.js";

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

for (const [fields, kind] of [
  [{ online: false }, "offline"],
  [{ status: "finished", last_update: agoIso(999) }, "finished"],
  [{ status: "studying", last_update: agoIso(5) }, "working"],
  [{ status: "studying", last_update: agoIso(121) }, "help"],
  [{ status: "idle", last_update: agoIso(5) }, "waiting"],
  [{ status: "idle", last_update: agoIso(61) }, "help"],
  [{ status: "paused", last_update: agoIso(999) }, "waiting"],
  [{ status: "idle", last_update: null }, "waiting"],
]) {
  test(`a student who is ${JSON.stringify(fields)} counts as ${kind}`, () => {
    assert.equal(attention(student("a", fields), NOW), kind);
  });
}

test("who needs help comes first, the longest quiet on top, then by name", () => {
  const students = [
    student("off", { online: false }),
    student("s10", { student_name: "Student 10" }),
    student("s2", { student_name: "Student 2" }),
    student("q1", { status: "idle", last_update: agoIso(70) }),
    student("q2", { status: "idle", last_update: agoIso(700) }),
  ];
  assert.deepEqual(inOrder(students, "attention", NOW, "en"), ["q2", "q1", "s2", "s10", "off"]);
  assert.deepEqual(inOrder(students, "name", NOW, "en"), ["off", "q1", "q2", "s2", "s10"]);
});

test("the filter looks at name, address and sentence, and at who is online", () => {
  const found = student("a@b", { student_name: "지민", current_sentence: "Hello there" });
  for (const text of ["지민", "A@B", "hello", " "]) assert.ok(passes(found, { text, show: "all" }, NOW));
  assert.ok(!passes(found, { text: "zzz", show: "all" }, NOW));
  assert.ok(!passes(found, { text: "", show: "offline" }, NOW));
});
