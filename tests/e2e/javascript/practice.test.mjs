import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { anOpenClient } from "./classroom.mjs";
import { HelpCall } from "../../../realtime/static/realtime/student/help_call.js";
import { standsIn } from "../../../realtime/static/realtime/student/looked_at.js";
import { Practice } from "../../../realtime/static/realtime/student/practice.js";
import { KeptPractices } from "../../../realtime/static/realtime/student/kept_practices.js";
import { match } from "../../../realtime/static/realtime/student/sentence_match.js";
import { SentenceLists, practisesOther } from "../../../realtime/static/realtime/student/sentence_lists.js";
import { PracticeTabs } from "../../../realtime/static/realtime/student/practice_tabs.js";
import { SpeechInput } from "../../../realtime/static/realtime/student/speech_input.js";
import { loudness } from "../../../realtime/static/realtime/student/voice_level.js";

const SENTENCES = ["Hello, how are you?", "Thank you very much indeed.", "Bye."];
const listOf = (texts, firstId = 1) => ({ language: "en", sentences: texts.map((text, index) => ({ id: firstId + index, text })) });
const LIST = listOf(SENTENCES);

/** A practice under way, its clock, and what a reload makes of it. */
function started() {
  const clock = { now: 1_000_000 };
  const practice = new Practice(LIST, null, () => clock.now);
  practice.start("s1");
  const reloaded = (list = LIST) => new Practice(list, JSON.parse(JSON.stringify(practice)), () => clock.now);
  return { practice, clock, reloaded };
}

test("the same wrong words, and the same right ones again, are no progress", () => {
  const { practice } = started();
  practice.give("hello");
  const before = practice.report();
  for (let minute = 0; minute < 20; minute += 1) {
    for (const words of ["", "a cat sat on a mat", "hello", "xyz"]) practice.give(words);
  }
  assert.deepEqual(practice.report(), before);
  assert.equal(practice.isEnough, false);
});

test("words that are right move progress; a sentence given well enough counts, whatever follows in it", () => {
  const { practice } = started();
  practice.give("hello how");
  assert.equal(practice.progress, 17);
  practice.give("HELLO HOW ARE YOU");
  assert.deepEqual([practice.progress, practice.done, practice.isEnough], [33, 1, true]);
  practice.give("");
  assert.deepEqual([practice.progress, practice.done, practice.isEnough], [33, 1, true]);
});

test("going on without a word said skips: that is reported, and is no progress", () => {
  const { practice } = started();
  assert.equal("skipped" in practice.report(), false);
  practice.next();
  assert.deepEqual(practice.report(), {
    status: "studying", session_id: "s1", current_sentence: SENTENCES[1], progress: 0, skipped: 1,
  });
  assert.equal("done" in practice.report(), false);
});

test("only all sentences done are the whole", () => {
  const { practice } = started();
  practice.next();
  for (const sentence of SENTENCES.slice(1)) {
    practice.give(sentence);
    practice.next();
  }
  assert.deepEqual([practice.status, practice.progress, practice.done, practice.skipped], ["finished", 67, 2, 1]);
  practice.start("s2");
  assert.deepEqual([practice.done, practice.skipped, practice.progress], [0, 0, 0]);
  for (const sentence of SENTENCES) {
    practice.give(sentence);
    practice.next();
  }
  assert.equal(practice.progress, 100);
});

test("finished early it says how far it came", () => {
  const { practice } = started();
  practice.give(SENTENCES[0]);
  practice.finish();
  assert.deepEqual([practice.status, practice.progress, practice.done], ["finished", 33, 1]);
});

test("typing ends a pause and idleness; a pause outlasts idleness", () => {
  const { practice } = started();
  practice.pause();
  practice.idle();
  assert.equal(practice.status, "paused");
  practice.give("h");
  assert.equal(practice.status, "studying");
});

test("minutes are those of practising: no pause, and nothing while the page was closed", () => {
  const { practice, clock, reloaded } = started();
  clock.now += 120_000;
  practice.pause();
  clock.now += 600_000;
  practice.resume();
  clock.now += 60_000;
  const kept = reloaded();
  assert.equal(kept.activeMs, 180_000);
  practice.finish();
  clock.now += 60_000;
  assert.equal(practice.activeMs, 180_000);
});

test("a reload goes on where it was, with what was typed, skipped and counted", () => {
  const { practice, reloaded } = started();
  practice.next();
  practice.give("thank you");
  practice.noteFeedback();
  const again = reloaded();
  assert.deepEqual(again.report(), practice.report());
  assert.deepEqual([again.typed, again.feedback, again.skipped], ["thank you", 1, 1]);
});

test("a list that changed meanwhile keeps what was done, and the place", () => {
  const { practice, reloaded } = started();
  practice.give(SENTENCES[0]);
  practice.next();
  practice.give("thank");
  const [hello, thanks, bye] = LIST.sentences;
  const again = reloaded({ language: "en", sentences: [bye, { id: 9, text: "New here." }, hello, thanks] });
  assert.deepEqual([again.sentence, again.typed, again.done, again.all, again.status], [SENTENCES[1], "thank", 1, 4, "studying"]);
});

test("where the sentence is gone, the one in its place is next; of a shorter list the last", () => {
  const { practice, reloaded } = started();
  practice.next();
  practice.give("thank");
  const [hello, , bye] = LIST.sentences;
  const again = reloaded({ language: "en", sentences: [hello, bye] });
  assert.deepEqual([again.sentence, again.typed, again.skipped], ["Bye.", "", 1]);
  assert.equal(reloaded(listOf(["Another one."], 20)).sentence, "Another one.");
});

test("set aside it waits, and goes on as another session", () => {
  const { practice } = started();
  practice.give("hello");
  practice.setAside("s2");
  assert.deepEqual([practice.status, practice.sessionId, practice.typed, practice.isUntouched], ["paused", "s2", "hello", false]);
});

test("Korean counts by its syllables, wherever the spaces are", () => {
  const sentence = "다시 한번 말씀해 주시겠어요?";
  assert.equal(match(sentence, "다시한번 말씀해주시겠어요", "ko").share, 1);
  const near = match(sentence, "다시 한번 말쓰해 주시겠어요", "ko");
  assert.deepEqual([near.isEnough, near.pieces.filter(({ state }) => state === "slip").map(({ text }) => text)], [true, ["말씀해"]]);
  assert.equal(match(sentence, "안녕하세요", "ko").isEnough, false);
});

const offerOf = (id, count = 1) => ({ lists: [{ id }], chosen: { id, language: "en" }, sentences: LIST.sentences.slice(0, count) });

test("of a list that is given no more the first other one is offered", async () => {
  const asked = [];
  const get = async (_path, query) => {
    asked.push(query);
    if (query?.list === 7) throw Object.assign(new Error(), { status: 404 });
    return offerOf(8);
  };
  const lists = new SentenceLists("/api", offerOf(7), get);
  lists.take(await lists.ask());
  assert.deepEqual([lists.chosen.id, asked], [8, [{ list: 7 }, undefined]]);
  const broken = new SentenceLists("/api", offerOf(7), async () => { throw Object.assign(new Error(), { status: 0 }); });
  await assert.rejects(broken.ask(8));
});

test("an offer practises the same until a sentence or the list is another", () => {
  assert.equal(practisesOther(offerOf(7), { ...offerOf(7), lists: [] }), false);
  assert.equal(practisesOther(offerOf(7), offerOf(8)), true);
  assert.equal(practisesOther(offerOf(7), offerOf(7, 2)), true);
});

test("each list has its own place; those given no more are forgotten, and one finished long ago is not opened", () => {
  const clock = { now: 1_000_000 };
  const items = new Map();
  const area = { getItem: (key) => items.get(key) ?? null, setItem: (key, value) => items.set(key, value), removeItem: (key) => items.delete(key) };
  const kept = new KeptPractices(area, "s@example.com", () => clock.now);
  assert.deepEqual([kept.list, kept.of(3)], [undefined, null]);
  const { practice } = started();
  kept.write(3, practice, [{ id: 3 }]);
  kept.write(4, practice, [{ id: 3 }, { id: 4 }]);
  assert.deepEqual([kept.list, kept.of(3).sessionId], [4, "s1"]);
  practice.finish();
  kept.write(4, practice, [{ id: 4 }]);
  assert.equal(kept.of(3), null);
  clock.now += 3_600_000;
  assert.equal(kept.list, undefined);
  assert.equal(new KeptPractices(area, "other@example.com").list, undefined);
});

test("whoever comes back much later goes on by a press, and finds no old summary", () => {
  const { practice, clock, reloaded } = started();
  practice.give("hello");
  const later = new Practice(LIST, JSON.parse(JSON.stringify(practice)), () => clock.now + 3_600_000);
  assert.deepEqual([later.status, later.typed], ["paused", "hello"]);
  practice.finish();
  assert.equal(reloaded().status, "finished");
  const over = JSON.parse(JSON.stringify(practice));
  assert.equal(new Practice(LIST, over, () => clock.now + 3_600_000).status, "none");
});

const usable = { ...JSON.parse(JSON.stringify(started().practice)) };
const useless = [
  7, "x", [], {}, { ...usable, ids: undefined }, { ...usable, ids: [1] }, { ...usable, at: 7 }, { ...usable, at: "0" }, { ...usable, at: "length" }, { ...usable, status: "reading" },
  { ...usable, sessionId: "" }, { ...usable, sessionId: "s".repeat(129) }, { ...usable, typed: 5 }, { ...usable, typed: undefined },
  { ...usable, outcomes: ["done"] }, { ...usable, outcomes: ["done", "won", "open"] }, { ...usable, best: 2 }, { ...usable, best: "1" },
  { ...usable, feedback: -1 }, { ...usable, activeMs: null }, { ...usable, keptAt: "now" },
];
for (const other of useless) {
  test(`what another version kept, ${JSON.stringify(other).slice(-90)}, is forgotten`, () => {
    const practice = new Practice(LIST, other);
    assert.deepEqual([practice.status, practice.at, practice.progress], ["none", 0, 0]);
  });
}

test("a question: asked, seen, answered; an older word changes nothing", () => {
  const call = new HelpCall();
  call.ask("  third sentence ");
  assert.deepEqual(call.message(), { type: "help", action: "ask", note: "third sentence" });
  call.learn({ state: "asked", timestamp: "2026-01-14T10:30:00.000Z" });
  assert.deepEqual([call.state, call.isOpen, call.message()], ["asked", true, null]);
  call.learn({ state: "seen", timestamp: "2026-01-14T10:31:00.000Z" });
  call.learn({ state: "asked", timestamp: "2026-01-14T10:30:00.000Z" });
  assert.equal(call.state, "seen");
  call.learn({ state: "answered", timestamp: "2026-01-14T10:32:00.000Z" });
  assert.deepEqual([call.state, call.isOpen], ["answered", false]);
});

test("a question asked without a connection waits, and may be taken back before it went out", () => {
  const call = new HelpCall();
  call.ask("");
  assert.deepEqual(call.message(), { type: "help", action: "ask" });
  call.withdraw();
  assert.equal(call.message(), null);
});

test("taken back it is none; no word on a question is none too", () => {
  const call = new HelpCall();
  call.learn({ state: "asked", timestamp: "2026-01-14T10:30:00.000Z" });
  call.withdraw();
  assert.deepEqual(call.message(), { type: "help", action: "withdraw" });
  call.learn({ state: "withdrawn", timestamp: "2026-01-14T10:31:00.000Z" });
  assert.deepEqual([call.state, call.message()], ["none", null]);
});

test("a tab that stepped back says no status again after a reconnect", async () => {
  const { client, socket, pass } = await anOpenClient();
  client.report({ status: "studying", progress: 1 });
  await pass(1_000);
  client.report(null);
  socket().breaks();
  await pass(2_000);
  socket().welcomes();
  await pass(5_000);
  assert.deepEqual(socket().sent.filter(({ type }) => type === "status"), []);
});

test("only what the keyboard leaves free was looked at; what is larger than the screen counts by half of it", () => {
  const view = { left: 0, top: 0, width: 390, height: 400 };
  const rect = (top, bottom) => ({ left: 10, right: 380, top, bottom });
  assert.equal(standsIn(rect(100, 200), view), true);
  assert.equal(standsIn(rect(500, 600), view), false);
  assert.equal(standsIn(rect(360, 460), view), false);
  assert.equal(standsIn(rect(150, 2_000), view), true);
  assert.equal(standsIn(rect(200, 200), view), false);
});

/** Tabs of one person on one channel, and a clock. */
function browser() {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const channels = [];
  const clock = { now: 1 };
  const open = (id) => {
    const channel = { postMessage: (data) => channels.filter((other) => other !== channel).forEach((other) => other.onmessage({ data })) };
    channels.push(channel);
    const tab = new PracticeTabs(id, channel, () => clock.now);
    tab.open();
    return tab;
  };
  const pass = () => { clock.now += 1_000; mock.timers.tick(1_000); };
  const crash = () => { channels.shift(); };
  return { open, pass, crash };
}

test("a tab that crashed is missed", () => {
  const { open, pass, crash } = browser();
  open("a");
  const second = open("b");
  let free = 0;
  second.addEventListener("free", () => (free += 1));
  for (let turn = 0; turn < 10; turn += 1) pass();
  assert.equal(free, 0);
  crash();
  for (let turn = 0; turn < 5; turn += 1) pass();
  assert.ok(free > 0);
});

test("a second tab learns that practice is open, and may take over", () => {
  const { open, pass } = browser();
  const first = open("b");
  pass();
  const second = open("a");
  pass();
  assert.deepEqual([first.state, second.state], ["active", "waiting"]);
  second.takeOver();
  pass();
  assert.deepEqual([first.state, second.state], ["waiting", "active"]);
  first.takeOver();
  pass();
  assert.deepEqual([first.state, second.state], ["active", "waiting"]);
});

test("of two tabs opened at once, or taking over at once, one practises", () => {
  const { open, pass } = browser();
  const tabs = [open("a"), open("b"), open("c")];
  const states = () => tabs.map(({ state }) => state).sort();
  pass();
  assert.deepEqual(states(), ["active", "waiting", "waiting"]);
  for (const tab of tabs) tab.takeOver();
  pass();
  assert.deepEqual(states(), ["active", "waiting", "waiting"]);
});

test("a tab that closes frees the practice; without a channel a tab is alone", () => {
  const { open, pass } = browser();
  const [first, second] = [open("a"), open("b")];
  pass();
  let free = 0;
  second.addEventListener("free", () => (free += 1));
  first.leave();
  assert.equal(free, 1);
  const alone = new PracticeTabs("c", null);
  alone.open();
  assert.equal(alone.state, "active");
});

/** A recogniser the test speaks for, and what came of it. */
function recognition() {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  const made = [];
  const heard = [];
  class Recognition {
    constructor() { made.push(this); }
    start() {}
    stop() { this.onend(); }
  }
  const input = new SpeechInput({
    words: (candidates) => heard.push(candidates), voice: () => {}, end: (outcome) => heard.push(outcome),
  }, Recognition);
  input.start();
  return { input, heard, made: () => made.at(-1) };
}

test("a Korean sentence is listened for in Korean", () => {
  const { input, made } = recognition();
  input.abort();
  input.start("ko");
  assert.equal(made().lang, "ko-KR");
});

test("what was said is given with its alternatives, in English", () => {
  const { heard, made } = recognition();
  const result = Object.assign([{ transcript: "hello" }, { transcript: "yellow" }], { isFinal: true });
  made().onresult({ results: [result] });
  made().onend();
  assert.deepEqual(heard, [["hello", "yellow", "hello"], "heard"]);
  assert.equal(made().lang, "en-US");
});

for (const [error, outcome] of Object.entries({
  "not-allowed": "refused", "service-not-allowed": "unavailable", network: "offline",
  "audio-capture": "no_microphone", "no-speech": "silent", whatever: "unavailable",
})) {
  test(`a recogniser that ends with ${error} is said to be ${outcome}`, () => {
    const { heard, made } = recognition();
    made().onerror({ error });
    made().onend();
    assert.deepEqual(heard, [outcome]);
  });
}

test("a recogniser that never begins is given up, and one that was stopped says nothing more", () => {
  const { input, heard, made } = recognition();
  mock.timers.tick(10_000);
  assert.deepEqual([input.listens, heard], [false, ["unavailable"]]);
  input.start();
  const second = made();
  input.abort();
  second.onresult({ results: [Object.assign([{ transcript: "late" }], { isFinal: true })] });
  second.onend();
  assert.deepEqual(heard, ["unavailable", "stopped"]);
});

test("loudness is the root mean square", () => {
  assert.equal(loudness([0.5, -0.5]), 0.5);
  assert.equal(loudness([]), 0);
});
