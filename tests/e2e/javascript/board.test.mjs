/** The dashboard's pure modules: order, filter, counts, moves, freshness, and who newly needs help. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Freshness } from "../../../realtime/static/realtime/tutor/board/freshness.js";
import { KeptView } from "../../../realtime/static/realtime/tutor/board/kept_view.js";
import { staying } from "../../../realtime/static/realtime/tutor/board/list_moves.js";
import { NewlyInNeed } from "../../../realtime/static/realtime/tutor/board/newly_in_need.js";
import { countsOf, inOrder, NO_FILTER, passes, Rows } from "../../../realtime/static/realtime/tutor/card_order.js";

const NOW = Date.parse("2026-01-14T10:30:00.000Z");
const MINUTES = { idle: 3, stuck: 5, paused: 10, unvisited: 25 };
const ago = (minutes) => new Date(NOW - minutes * 60_000).toISOString();
const student = (email, fields = {}) => ({ student_email: email, student_name: "", online: true, status: "studying", current_sentence: "",
  progress: 0, status_since: ago(1), progress_since: ago(0), came_at: ago(1), help: null, group: "", ...fields });
const rowsOf = (...students) => new Rows("en", MINUTES).of(students, NOW);
const emails = (rows) => rows.map(({ email }) => email).join(" ");

test("by attention: the most urgent reason first, of one reason the longest, then by name, the finished last", () => {
  const rows = rowsOf(
    student("done", { status: "finished", student_name: "A" }),
    student("s10", { student_name: "Student 10" }), student("s2", { student_name: "Student 2" }),
    student("unvisited", { came_at: ago(26) }), student("paused", { status: "paused", status_since: ago(11) }),
    student("stuck", { progress_since: ago(6) }), student("idle6", { status: "idle", status_since: ago(6) }),
    student("idle9", { status: "idle", status_since: ago(9) }), student("asks", { help: { asked_at: ago(0), note: "", seen_at: null } }),
  );
  assert.equal(emails(inOrder(rows, "attention")), "asks idle9 idle6 stuck paused unvisited s2 s10 done");
});

test("by name, by progress with the least first, and by group with those of none last", () => {
  const rows = rowsOf(
    student("a", { student_name: "\ud558\uc724", progress: 50, group: "B" }), student("b", { student_name: "\uac00\uc744", progress: 5 }),
    student("c", { student_name: "\ub098\ub9ac", progress: 50, group: "A" }),
  );
  assert.equal(emails(inOrder(rows, "name")), "b c a");
  assert.equal(emails(inOrder(rows, "progress")), "b c a");
  assert.equal(emails(inOrder(rows, "group")), "c a b");
});

test("a name that is new later finds its place among the others", () => {
  const rows = new Rows("en", MINUTES);
  rows.of([student("a", { student_name: "Zoe" })], NOW);
  assert.equal(emails(inOrder(rows.of([student("a", { student_name: "Zoe" }), student("b", { student_name: "Ann" })], NOW), "name")), "b a");
});

test("a filter takes several of one kind, and all kinds at once", () => {
  const [row] = rowsOf(student("a@b", { student_name: "\uc9c0\ubbfc", current_sentence: "Hello there", group: "1", status: "idle", status_since: ago(4) }));
  const passing = (filter) => passes(row, { ...NO_FILTER, ...filter });
  for (const text of ["\uc9c0\ubbfc", "A@B", "hello", " "]) assert.ok(passing({ text }));
  assert.ok(passing({ states: ["studying", "idle"], reasons: ["idle"], groups: ["1"] }));
  for (const filter of [{ text: "zzz" }, { states: ["offline"] }, { reasons: ["help"] }, { states: ["idle"], groups: ["2"] }]) assert.ok(!passing(filter));
});

test("counts are of everybody, by state, reason and group", () => {
  const { states, reasons, groups } = countsOf(rowsOf(student("a", { group: "1" }), student("b", { online: false, group: "1" }), student("c", { status: "idle", status_since: ago(4) })));
  assert.deepEqual(Object.fromEntries(states), { studying: 1, offline: 1, idle: 1 });
  assert.deepEqual(Object.fromEntries(reasons), { none: 2, idle: 1 });
  assert.deepEqual(Object.fromEntries(groups), { 1: 2 });
});

/** The list after every item that does not stay was put before the one that follows it. */
function moved(current, wanted, anchor) {
  const stays = staying(current, wanted, anchor);
  const list = current.filter((item) => wanted.includes(item));
  let next = null;
  for (const item of [...wanted].reverse()) {
    if (!stays.has(item)) {
      if (list.includes(item)) list.splice(list.indexOf(item), 1);
      list.splice(next === null ? list.length : list.indexOf(next), 0, item);
    }
    next = item;
  }
  return { list, moves: wanted.length - stays.size, stays };
}

for (const [current, wanted, moves] of [
  ["", "abc", 3], ["abc", "abc", 0], ["abc", "", 0], ["abcdef", "fabcde", 1], ["abcdef", "bcdefa", 1], ["abcd", "dcba", 3], ["abxcd", "abcde", 1],
]) {
  test(`"${current}" becomes "${wanted}" in ${moves} moves`, () => {
    const result = moved([...current], [...wanted]);
    assert.deepEqual([result.list.join(""), result.moves], [wanted, moves]);
  });
}

test("the card in focus stays where it is, whatever the others do", () => {
  const result = moved([..."abcdef"], [..."fabcde"], "f");
  assert.ok(result.stays.has("f"));
  assert.equal(result.list.join(""), "fabcde");
});

const WHOLE = { complete: true, isCurrent: true };

test("a dashboard is live while it hears, and not after a question without an answer", () => {
  const fresh = new Freshness();
  assert.equal(fresh.at(0, "connecting", { complete: false }).kind, "connecting");
  fresh.noteActivity(0);
  assert.equal(fresh.at(1, "open", { complete: false }).kind, "connecting");
  assert.deepEqual([fresh.shouldAsk(7_999), fresh.shouldAsk(8_000), fresh.shouldAsk(9_000)], [false, true, false]);
  assert.equal(fresh.at(14_999, "open", WHOLE).kind, "live");
  assert.deepEqual(fresh.at(15_000, "open", WHOLE), { kind: "stale", since: 0 });
  fresh.noteActivity(16_000);
  assert.equal(fresh.at(16_001, "open", WHOLE).kind, "live");
});

test("a lost connection is reconnecting, then stale, and live only with a new snapshot", () => {
  const fresh = new Freshness();
  fresh.noteActivity(0);
  assert.equal(fresh.at(4_999, "waiting", WHOLE).kind, "reconnecting");
  assert.equal(fresh.at(5_000, "waiting", WHOLE).kind, "stale");
  fresh.noteActivity(9_000);
  assert.equal(fresh.at(9_001, "open", { ...WHOLE, isCurrent: false }).kind, "reconnecting");
  assert.equal(fresh.at(9_001, "stopped", WHOLE).kind, "stopped");
});

test("nothing is known beyond what was heard, after a night's sleep either", () => {
  const fresh = new Freshness();
  fresh.noteActivity(0);
  assert.equal(fresh.knownUntil(5_000, true), 5_000);
  assert.equal(fresh.knownUntil(8 * 3_600_000, true), 15_000);
  assert.equal(fresh.knownUntil(60_000, false), 0);
});

test("only who did not need help before is new, nobody at the first look, and who no longer needs it is not waited for", () => {
  const newly = new NewlyInNeed();
  const look = (...needing) => emails(newly.look(needing.map((email) => ({ email, reason: "idle" }))));
  assert.equal(look("a"), "");
  assert.equal(look("a", "b"), "b");
  assert.equal(look("a", "b"), "");
  assert.equal(look("a"), "");
  assert.equal(newly.unseen.size, 0);
  assert.equal(look("b"), "b");
});

function storage(kept = {}) {
  globalThis.localStorage = { getItem: (key) => kept[key] ?? null, setItem: (key, value) => (kept[key] = value), removeItem: (key) => delete kept[key] };
}

test("a view comes back as it was left, to its own tutor", () => {
  storage();
  new KeptView("t1").set({ chosen: "a", order: "group", states: ["idle"] });
  const [same, other] = [new KeptView("t1"), new KeptView("t2")];
  assert.deepEqual([same.get("chosen"), same.get("order"), same.filter.states, other.get("chosen")], ["a", "group", ["idle"], ""]);
});

test("of what another version kept, only what is of use is taken", () => {
  storage({ "speaktracker.board.t": JSON.stringify({ order: "by moon", states: "idle", groups: [7], chosen: "a", sound: "yes" }) });
  const view = new KeptView("t");
  assert.deepEqual([view.get("order"), view.filter, view.get("chosen"), view.get("sound")], ["attention", NO_FILTER, "a", false]);
});

test("at the sign-out whatever names somebody is forgotten, and the rest is kept", () => {
  storage();
  const view = new KeptView("t");
  view.set({ chosen: "a", text: "kim", groups: ["1"], sound: true });
  view.forgetPeople();
  const again = new KeptView("t");
  assert.deepEqual([again.get("chosen"), again.filter, again.get("sound")], ["", NO_FILTER, true]);
});
