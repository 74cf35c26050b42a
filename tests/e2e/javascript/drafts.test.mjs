import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Drafts, EMPTY } from "../../../realtime/static/realtime/tutor/composer/drafts.js";
import { emptyStorage } from "./kept_storage.mjs";

const DAY = 24 * 60 * 60 * 1000;
const AUDIO = { message: "Listen", message_type: "tts", audio_url: "https://a.example/x.mp3", session_id: "s9" };
let [texts, now] = [null, 0];
const drafts = (who = "t@x") => new Drafts("localStorage", who, () => now);

beforeEach(() => {
  [texts, now] = [emptyStorage(), 1000];
});

test("a draft is the whole form, and another page finds it", () => {
  drafts().keep("a@x", AUDIO);
  const { student_email, at, ...draft } = drafts().of("a@x");
  assert.deepEqual(draft, { ...EMPTY, ...AUDIO });
});

test("nothing of one student's stands at another's, nor of one tutor's at another's", () => {
  drafts().keep("a@x", { ...AUDIO, speak: true });
  assert.equal(drafts().of("b@x"), EMPTY);
  assert.equal(drafts("other@x").of("a@x"), EMPTY);
});

test("an empty form leaves nothing behind", () => {
  drafts().keep("a@x", AUDIO);
  drafts().keep("a@x", EMPTY);
  assert.equal(texts.size, 0);
});

test("what two tabs write for two students is kept", () => {
  const [one, other] = [drafts(), drafts()];
  one.keep("a@x", { ...EMPTY, message: "A" });
  other.keep("b@x", { ...EMPTY, message: "B" });
  assert.deepEqual(["a@x", "b@x"].map((email) => one.of(email).message), ["A", "B"]);
});

test("there are fifty at most, and none is older than thirty days", () => {
  for (let at = 0; at < 60; at += 1) drafts().keep(`${at}@x`, { ...EMPTY, message: "m" });
  assert.deepEqual(["9@x", "10@x"].map((email) => drafts().of(email).message), ["", "m"]);
  now += 31 * DAY;
  assert.equal(drafts().of("59@x"), EMPTY);
});

for (const kept of ["{", "{}", "[null]", '[{"student_email":"a@x","at":1000,"message":5}]', '[{"student_email":"a@x"}]']) {
  test(`${kept} of another version is no draft`, () => {
    texts.set("speaktracker.drafts.t@x", kept);
    assert.equal(drafts().of("a@x"), EMPTY);
  });
}

test("forgotten is forgotten", () => {
  drafts().keep("a@x", AUDIO);
  drafts().forget();
  assert.deepEqual([drafts().of("a@x"), texts.size], [EMPTY, 0]);
});
