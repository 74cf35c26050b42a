import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";
import { KeptValue, alone } from "../../../realtime/static/realtime/client/browser_storage.js";
import { KeptSignIn, SignedOut } from "../../../realtime/static/realtime/client/kept_sign_in.js";

const NAME = "localStorage";
const refuse = () => {
  throw new DOMException("denied", "SecurityError");
};
const provide = (name, descriptor) => Object.defineProperty(globalThis, name, { configurable: true, ...descriptor });
const store = (text, setItem = () => {}) => provide(NAME, { value: { getItem: () => text, setItem } });
const isText = (value) => typeof value === "string";

afterEach(() => {
  delete globalThis[NAME];
  mock.timers.reset();
});

test("what was kept comes back, a plain word of an older version too", () => {
  for (const text of ['"off"', "off"]) {
    store(text);
    assert.equal(new KeptValue(NAME, "key", isText).read(), "off");
  }
});

for (const text of [null, "{", "null", "[]", "7", '{"a":1}', "\u0000"]) {
  test(`${JSON.stringify(text)} of another version is nothing`, () => {
    store(text);
    assert.equal(new KeptValue(NAME, "key", (value) => value.a.b === 1).read(), null);
  });
}

const broken = {
  "denied at any access": () => provide(NAME, { get: refuse }),
  "not there": () => provide(NAME, { value: null }),
  "denied at each call": () => provide(NAME, { value: { getItem: refuse, setItem: refuse } }),
  full: () => store(null, () => { throw new DOMException("full", "QuotaExceededError"); }),
};
for (const [how, apply] of Object.entries(broken)) {
  test(`storage that is ${how} keeps a value as long as the page`, () => {
    apply();
    const kept = new KeptValue(NAME, "key", isText);
    assert.equal(kept.read(), null);
    kept.write("on");
    assert.equal(kept.read(), "on");
  });
}

test("what the browser did not take is newer than what it has", () => {
  store('"old"', refuse);
  const kept = new KeptValue(NAME, "key", isText);
  kept.write("new");
  assert.equal(kept.read(), "new");
});

test("what the browser did not take leaves nothing behind that is out of date", () => {
  let text = '"old"';
  provide(NAME, { value: { getItem: () => text, setItem: refuse, removeItem: () => (text = null) } });
  new KeptValue(NAME, "key", isText).write("new");
  assert.equal(new KeptValue(NAME, "key", isText).read(), null);
});

const locks = (request) => provide("navigator", { value: { locks: { request } } });

test("without locks, or where they are denied, the work is done all the same, once", async () => {
  for (const request of [undefined, refuse, async () => refuse(), (_name, _options, work) => work()]) {
    locks(request);
    let times = 0;
    assert.equal(await alone("name", async () => (times += 1)), 1);
  }
});

test("a tab that is frozen with the lock holds nobody up", async () => {
  locks((_name, { signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))));
  const page = setInterval(() => {}, 1_000); // a page lives on; Node would end, its deadline holds nothing
  assert.equal(await alone("name", () => "done", 10), "done");
  clearInterval(page);
});

test("work that fails fails once", async () => {
  locks((_name, _options, work) => work());
  let times = 0;
  await assert.rejects(alone("name", async () => ((times += 1), refuse())));
  assert.equal(times, 1);
});

/** A sign-in over a store of the test; `calls` are the exchanges that were asked for. */
function aSignIn(keeps) {
  const calls = [];
  const fetch = async (_url, { headers, body }) => {
    calls.push({ key: headers["Idempotency-Key"], refresh: JSON.parse(body).refresh });
    const [access, refresh] = [`a${calls.length}`, `r${calls.length + 1}`];
    return { ok: true, status: 200, json: async () => ({ access, refresh, expires_in: 0 }) };
  };
  return { signIn: new KeptSignIn({ ...keeps, fetch }), calls };
}

test("a sign-in that cannot be saved goes on with the newest token, not with the one that is kept", async () => {
  const { signIn, calls } = aSignIn({ load: async () => ({ refresh: "r1" }), save: async () => refuse() });
  assert.deepEqual([await signIn.token(), await signIn.token()], ["a1", "a2"]);
  assert.deepEqual(calls.map(({ refresh }) => refresh), ["r1", "r2"]);
});

test("a store that is lost later is not needed any more", async () => {
  let kept = { refresh: "r1" };
  const load = () => (kept ? kept : refuse());
  const { signIn, calls } = aSignIn({ load, save: (state) => (kept = state) });
  await signIn.token();
  kept = null;
  await signIn.token();
  assert.deepEqual(calls.map(({ refresh }) => refresh), ["r1", "r2"]);
});

for (const kept of [null, undefined, "r1", 7, {}, { refresh: 7 }, { refresh: "" }]) {
  test(`${JSON.stringify(kept)} is no sign-in`, async () => {
    const { signIn, calls } = aSignIn({ load: async () => kept, save: async () => {} });
    await assert.rejects(signIn.token(), SignedOut);
    assert.equal(calls.length, 0);
  });
}

test("a store that cannot be read is not taken for signed out", async () => {
  const { signIn } = aSignIn({ load: refuse, save: refuse });
  await assert.rejects(signIn.token(), (error) => !(error instanceof SignedOut));
});

test("a key that no header can carry is left out", async () => {
  const { signIn, calls } = aSignIn({ load: async () => ({ refresh: "r1", key: "a\nb" }), save: async () => {} });
  await signIn.token();
  assert.match(calls[0].key, /^[0-9a-f]+$/);
});

test("a store that never answers is not waited for", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const never = () => new Promise(() => {});
  const { signIn } = aSignIn({ load: async () => ({ refresh: "r1" }), save: never });
  const token = signIn.token();
  for (let turn = 0; turn < 50; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    mock.timers.tick(100);
  }
  assert.equal(await token, "a1");
});
