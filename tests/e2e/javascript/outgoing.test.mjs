import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { KeptValue } from "../../../realtime/static/realtime/client/browser_storage.js";
import { Outgoing } from "../../../realtime/static/realtime/tutor/composer/outgoing.js";
import { emptyStorage } from "./kept_storage.mjs";

const HOUR = 60 * 60 * 1000;
const settled = () => new Promise((done) => setImmediate(done));
const item = (key, student_email = "a@x") => ({
  ...{ key, student_email, session_id: "s", message: key, message_type: "text" },
  timestamp: new Date(now).toISOString(),
});
let [now, calls, online, texts] = [0, [], true, null];

/** A page's queue; `calls` has what it posted, each with `answer()` and `refuse(error)`. */
function queue() {
  const answered = [];
  const post = ({ key, student_email }, signal) =>
    new Promise((answer, refuse) => {
      signal.addEventListener("abort", () => refuse({ status: 0 }));
      calls.push({ key, student_email, answer, refuse });
    });
  const outgoing = new Outgoing({
    kept: new KeptValue("localStorage", "outgoing", Array.isArray),
    ...{ post, changed: () => {}, isOnline: () => online, newKey: () => "new", now: () => now },
    answered: ({ key }) => answered.push(key),
  });
  const states = () => [...outgoing.items.values()].map(({ key, state }) => `${key} ${state}`);
  return { outgoing, answered, states };
}

const keys = () => calls.map(({ key }) => key);
async function ends(at, how = "answer", value = {}) {
  calls[at][how](value);
  await settled();
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  [now, calls, online, texts] = [1_000_000, [], true, emptyStorage()];
});

test("each student's go out in order, one after the other, and beside those of others", async () => {
  const { outgoing, answered } = queue();
  outgoing.add([item("1"), item("2"), item("3", "b@x")]);
  assert.deepEqual(keys(), ["1", "3"]);
  await ends(0);
  assert.deepEqual([keys(), answered], [["1", "3", "2"], ["1"]]);
});

test("what was answered is kept no longer", async () => {
  const { outgoing, states } = queue();
  outgoing.add([item("1")]);
  assert.equal(texts.size, 1);
  await ends(0);
  assert.deepEqual([states(), texts.size], [[], 0]);
});

test("offline it waits for the network, through a reload too, with its key", async () => {
  online = false;
  queue().outgoing.add([item("1")]);
  assert.deepEqual(keys(), []);
  const after = queue();
  online = true;
  after.outgoing.wake();
  assert.deepEqual([keys(), after.states()], [["1"], ["1 sending"]]);
});

test("without an answer it is tried again by itself, and holds back what comes after it", async () => {
  const { outgoing, states } = queue();
  outgoing.add([item("1"), item("2")]);
  await ends(0, "refuse", { status: 0 });
  assert.deepEqual(states(), ["1 waiting", "2 waiting"]);
  now += 2_000;
  mock.timers.tick(2_000);
  assert.deepEqual(keys(), ["1", "1"]);
});

test("a server that is busy says when", async () => {
  const { outgoing } = queue();
  outgoing.add([item("1")]);
  await ends(0, "refuse", { status: 429, retryAfter: 9_000 });
  for (const [passed, tried] of [[8_999, 1], [1, 2]]) {
    now += passed;
    mock.timers.tick(passed);
    assert.equal(calls.length, tried);
  }
});

test("a call that went into the dead line is given up when the line is back", async () => {
  const { outgoing } = queue();
  outgoing.add([item("1")]);
  now += 5_000;
  outgoing.wake();
  await settled();
  assert.deepEqual(keys(), ["1", "1"]);
});

test("what was refused fails alone, says why at its field, and is found so by the next page", async () => {
  const { outgoing, states } = queue();
  outgoing.add([item("1"), item("2")]);
  await ends(0, "refuse", { status: 400, message: "No.", fields: { message: "No." } });
  assert.deepEqual(states(), ["1 failed", "2 sending"]);
  const { state, error, fields } = queue().outgoing.items.get("1");
  assert.deepEqual([state, error, fields], ["failed", "No.", { message: "No." }]);
});

test("what failed is sent again, or taken out to be edited or dismissed", async () => {
  const { outgoing, states } = queue();
  outgoing.add([item("1")]);
  await ends(0, "refuse", { status: 400 });
  outgoing.retry("1");
  assert.deepEqual([keys(), outgoing.remove("1")], [["1", "1"], null]);
  await ends(1, "refuse", { status: 400 });
  assert.equal(outgoing.remove("1").message, "1");
  assert.deepEqual([states(), texts.size], [[], 0]);
});

test("what another tab sent or gave up is not sent here", async () => {
  online = false;
  queue().outgoing.add([item("1")]);
  const [one, other] = [queue(), queue()];
  one.outgoing.remove("1");
  online = true;
  other.outgoing.wake();
  assert.deepEqual([keys(), other.states()], [[], []]);
});

test("after a day nobody knows its key: it fails, and goes again as a new one", () => {
  online = false;
  queue().outgoing.add([item("1")]);
  now += 24 * HOUR;
  online = true;
  const { outgoing, states } = queue();
  outgoing.wake();
  assert.deepEqual([states(), keys()], [["1 failed"], []]);
  outgoing.retry("1");
  assert.deepEqual(keys(), ["new"]);
});

test("there is an end to what waits", () => {
  online = false;
  const { outgoing } = queue();
  const many = Array.from({ length: 1_000 }, (_, at) => item(String(at), `${at}@x`));
  assert.deepEqual([outgoing.add(many), outgoing.add([item("more")])], [true, false]);
});

test("what another version kept does not matter", () => {
  for (const text of ["{", "[null]", '[{"key":"1"}]', "7"]) {
    texts.set("outgoing", text);
    assert.equal(queue().outgoing.items.size, 0);
  }
});
