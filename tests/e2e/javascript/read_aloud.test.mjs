import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { ReadAloud, speak } from "../../../realtime/static/realtime/student/read_aloud.js";
import { settled } from "./classroom.mjs";

/** What sounds on a stopped clock; a sound ends when the test says so. */
function stage() {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  const sounded = [];
  const spoken = new Set();
  let end;
  const claim = async (ids) => {
    const isNew = !spoken.has(ids.at(-1));
    ids.forEach((id) => spoken.add(id));
    return isNew;
  };
  const aTab = () => new ReadAloud((frame) => {
    sounded.push(frame.message_id);
    return new Promise((resolve) => (end = resolve));
  }, claim);
  const pass = async (ms) => { mock.timers.tick(ms); await settled(); };
  return { aTab, sounded, pass, ends: async () => { end(); await settled(); } };
}

async function burst(aloud, pass, count, every = 0) {
  for (let number = 1; number <= count; number += 1) {
    aloud.add({ message_id: number });
    await pass(every);
  }
}

test("a burst is read aloud once, and it is the newest", async () => {
  const { aTab, sounded, pass } = stage();
  await burst(aTab(), pass, 140, 70);
  await pass(60_000);
  assert.deepEqual(sounded, [140]);
});

test("what is replayed at once is read aloud once", async () => {
  const { aTab, sounded, pass } = stage();
  await burst(aTab(), pass, 30);
  await pass(1_000);
  assert.deepEqual(sounded, [30]);
});

test("pieces that come one by one are read one by one", async () => {
  const { aTab, sounded, pass, ends } = stage();
  const aloud = aTab();
  for (const number of [1, 2]) {
    aloud.add({ message_id: number });
    await pass(1_000);
    await ends();
  }
  assert.deepEqual(sounded, [1, 2]);
});

test("of what comes while another sounds only the newest follows", async () => {
  const { aTab, sounded, pass, ends } = stage();
  const aloud = aTab();
  aloud.add({ message_id: 0 });
  await pass(1_000);
  await burst(aloud, pass, 5, 1_000);
  assert.deepEqual(sounded, [0]);
  await ends();
  await pass(1_000);
  assert.deepEqual(sounded, [0, 5]);
});

test("a voice that never ends holds up nothing for ever", async () => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  globalThis.SpeechSynthesisUtterance = class {};
  globalThis.speechSynthesis = { speak: () => {} };
  const read = speak("Well done");
  mock.timers.tick(10_000);
  assert.equal(await read, "failed");
});

test("two tabs read a burst once", async () => {
  const { aTab, sounded, pass } = stage();
  const [first, second] = [aTab(), aTab()];
  for (let number = 1; number <= 10; number += 1) {
    first.add({ message_id: number });
    second.add({ message_id: number });
  }
  await pass(1_000);
  assert.deepEqual(sounded, [10]);
});
