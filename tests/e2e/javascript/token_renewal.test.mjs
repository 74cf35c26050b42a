import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { FakeSocket, aClient, anOpenClient, settled } from "./classroom.mjs";
import { ClassroomClient } from "../../../realtime/static/realtime/client/client.js";
import { KeptSignIn, SignedOut } from "../../../realtime/static/realtime/client/kept_sign_in.js";

const DAY_MS = 86_400_000;
let issued = 0;
const jwt = (seconds) => `x.${btoa(JSON.stringify({ exp: Date.now() / 1000 + seconds, jti: (issued += 1) }))}.y`;
const refreshes = (socket) => socket.sent.filter(({ type, action }) => type === "connection" && action === "refresh");

/** A client whose tokens live so many seconds; `asked` counts how often one was wanted. */
async function aRenewingClient(seconds, { clockOffset = 0, token = async () => jwt(seconds + clockOffset / 1000) } = {}) {
  const asked = { times: 0 };
  const stage = await aClient({ token: () => ((asked.times += 1), token()) });
  const answers = () => refreshes(stage.socket()).length;
  stage.socket().welcomes(clockOffset);
  await stage.pass(0);
  return { ...stage, asked, answers };
}

test("a token is renewed on the connection a minute before it ends, and never anew connected", async () => {
  const { socket, pass, answers } = await aRenewingClient(900);
  await pass(839_000);
  assert.equal(answers(), 0);
  await pass(2_000);
  assert.equal(answers(), 1);
  socket().welcomes();
  await pass(841_000);
  assert.equal(answers(), 2);
  assert.equal(FakeSocket.opened.length, 1);
});

test("a token of thirty days is asked for once, not as fast as timers go", async () => {
  const { asked, pass, socket } = await aRenewingClient(30 * 86_400);
  await pass(3_000);
  assert.equal(asked.times, 1);
  for (let day = 0; day < 29; day += 1) {
    await pass(DAY_MS - 1);
    socket().receives({ type: "pong" });
  }
  assert.equal(asked.times, 1);
});

test("no timer of a real clock overflows with a token of thirty days", async () => {
  mock.timers.reset();
  let asked = 0;
  const token = async () => ((asked += 1), jwt(30 * 86_400));
  const client = new ClassroomClient({ url: "ws://class/ws/", WebSocket: FakeSocket, token, replyTimeout: 2 ** 40 });
  client.connect();
  await settled();
  FakeSocket.opened.at(-1).welcomes();
  const answer = client.request({ type: "ping", message_id: "1" });
  await new Promise((resolve) => setTimeout(resolve, 50));
  FakeSocket.opened.at(-1).receives({ type: "ack", message_id: "1" });
  assert.equal((await answer).type, "ack");
  assert.equal(asked, 1);
  client.close();
});

test("a token of seconds is not renewed before half of its life", async () => {
  const { asked, pass } = await aRenewingClient(30);
  await pass(14_900);
  assert.equal(asked.times, 1);
  await pass(200);
  assert.equal(asked.times, 2);
});

for (const clockOffset of [-DAY_MS, DAY_MS]) {
  test(`a device whose clock is ${clockOffset / DAY_MS} days behind renews at the same time`, async () => {
    const { pass, answers } = await aRenewingClient(900, { clockOffset });
    await pass(839_000);
    assert.equal(answers(), 0);
    await pass(2_000);
    assert.equal(answers(), 1);
  });
}

test("an app that has no fresher token is asked now and then, and its old one is not sent again", async () => {
  let old = null;
  const { asked, answers, ...stage } = await aRenewingClient(900, { token: async () => (old ??= jwt(900)) });
  await passAlive(stage, 900);
  assert.ok(asked.times > 2 && asked.times < 20, `asked ${asked.times} times`);
  assert.equal(answers(), 0);
});

test("a server that says a token has run out is given a fresh one at once", async () => {
  const { pass, answers, socket } = await aRenewingClient(900);
  socket().receives({ type: "token_expired", timestamp: new Date().toISOString(), closes_at: "" });
  await pass(0);
  assert.equal(answers(), 1);
});

test("without tokens there is nothing to renew", async () => {
  const { socket, pass } = await anOpenClient();
  socket().receives({ type: "token_expired", timestamp: "", closes_at: "" });
  await pass(DAY_MS);
  assert.equal(refreshes(socket()).length, 0);
});

/** Let seconds pass on a connection that answers. */
async function passAlive({ pass, socket }, seconds) {
  for (let second = 0; second < seconds; second += 1) {
    await pass(1_000);
    socket().receives({ type: "pong" });
  }
}

/** A server of refresh tokens, and the store of an app that is signed in there. */
function aSignIn(answer) {
  const calls = [];
  let kept = { refresh: "r1" };
  const fetch = async (url, { headers, body }) => {
    calls.push({ key: headers["Idempotency-Key"], refresh: JSON.parse(body).refresh });
    return answer(calls.length);
  };
  const store = { load: async () => kept, save: async (state) => (kept = state) };
  const open = () => new KeptSignIn({ ...store, fetch });
  return { signIn: open(), open, calls, kept: () => kept };
}
const pair = (number) => ({ ok: true, status: 200, json: async () => ({ access: `a${number}`, refresh: `r${number + 1}`, expires_in: 900 }) });

test("who asks twice at once has one exchange, and the next refresh token is kept", async () => {
  const { signIn, calls, kept } = aSignIn(pair);
  assert.deepEqual(await Promise.all([signIn.token(), signIn.token()]), ["a1", "a1"]);
  assert.equal(await signIn.token(), "a1");
  assert.equal(calls.length, 1);
  assert.equal(kept().refresh, "r2");
  assert.notEqual(kept().key, calls[0].key);
});

test("an exchange whose answer was lost with the page is repeated with its key", async () => {
  const { signIn, open, calls } = aSignIn((number) => {
    if (number === 1) return new Promise(() => {});
    return pair(number);
  });
  signIn.token();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(await open().token(), "a2");
  assert.equal(calls.length, 2);
  assert.deepEqual(calls[0], calls[1]);
});

test("a sign-in that ended says so", async () => {
  const { signIn } = aSignIn(() => ({ ok: false, status: 401 }));
  await assert.rejects(signIn.token(), SignedOut);
  await settled();
});
