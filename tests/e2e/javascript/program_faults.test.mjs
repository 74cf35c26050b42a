import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeSocket, aClient, anOpenClient, settled } from "./classroom.mjs";
import { ClassroomClient, KeptSignIn, SignedOut } from "../../../realtime/static/realtime/client/index.js";
import { isProgramFault } from "../../../realtime/static/realtime/client/connection/program_faults.js";

const AN_HOUR = 3_600_000;

const WRONG = {
  "no WebSocket": [{ WebSocket: undefined }, /WebSocket is not available: Node 22 or newer, or pass `WebSocket`/],
  "no address": [{ url: null }, /`url` is missing/],
  "an address that is none": [{ url: "ws://a b/" }, /`url` is no address of a socket/],
  "an address of something else": [{ url: "ftp://class/ws/" }, /`url` is no address of a socket/],
  "a token itself": [{ token: "t.o.k" }, /`token` is a function/],
};
for (const [what, [options, words]] of Object.entries(WRONG)) {
  test(`${what}: connecting says so at once and tries nothing`, () => {
    FakeSocket.opened = [];
    const client = new ClassroomClient({ url: "ws://class/ws/", WebSocket: FakeSocket, ...options });
    assert.throws(() => client.connect(), { name: "TypeError", message: words });
    assert.equal(client.state, "idle");
    assert.equal(FakeSocket.opened.length, 0);
  });
}

test("a constructor that throws is said once and not tried again", async () => {
  let tries = 0;
  const WebSocket = function () {
    tries += 1;
    throw new SyntaxError("An invalid or illegal string was specified");
  };
  const { client, pass } = await aClient({ random: () => 0, WebSocket });
  await pass(AN_HOUR);
  assert.equal(client.state, "stopped");
  assert.equal(tries, 1);
});

test("a mistake in the program's own token function is said once and not tried again", async () => {
  let tries = 0;
  const token = async () => {
    await null;
    tries += 1;
    return undefined.access;
  };
  const { client, events, pass } = await aClient({ random: () => 0, token });
  await pass(AN_HOUR);
  assert.equal(tries, 1);
  assert.equal(client.state, "stopped");
  assert.equal(events.error.length, 1);
  assert.equal(events.state.at(-1).error, events.error[0]);
});

for (const failure of [new TypeError("Failed to fetch"), new TypeError("fetch failed"), new TypeError("인터넷 연결이 오프라인 상태입니다."), new Error("HTTP 503")]) {
  test(`a token that the network keeps away is asked for again: ${failure.message}`, async () => {
    let tries = 0;
    const token = async () => {
      tries += 1;
      throw failure;
    };
    const { client, events, pass } = await aClient({ random: () => 0, token });
    await pass(1);
    assert.equal(client.state, "waiting");
    assert.ok(tries > 1);
    assert.deepEqual(events.error, []);
  });
}

test("a sign-in that is over stops the client, as a refused one does", async () => {
  const { client, events, pass } = await aClient({ random: () => 0, token: async () => Promise.reject(new SignedOut("sign in again")) });
  await pass(AN_HOUR);
  assert.equal(client.state, "stopped");
  assert.equal(events.state.at(-1).code, 4401);
  assert.deepEqual(events.error, []);
});

test("a client that stopped for a mistake connects once it is mended", async () => {
  let token = () => null.access;
  const { client, socket } = await aClient({ random: () => 0, token: async () => token() });
  assert.equal(client.state, "stopped");
  token = () => "t.o.k";
  client.connect();
  await settled();
  socket().welcomes();
  assert.equal(client.state, "open");
});

test("engines' words for a mistake are known, and a browser's for the network are not taken for it", () => {
  const mistakes = ["x is not a function", "undefined is not an object (evaluating 'a.b')", "a is undefined", "Cannot set properties of null", "Failed to parse URL from no", "Window.fetch: a b is not a valid URL."];
  for (const words of mistakes) assert.ok(isProgramFault(new TypeError(words)), words);
  const network = ["Failed to fetch", "NetworkError when attempting to fetch resource.", "Load failed", "The network connection was lost."];
  for (const words of network) assert.ok(!isProgramFault(new TypeError(words)), words);
});

test("a refresh without `fetch` is not tried again, and a store must be given", async () => {
  assert.throws(() => new KeptSignIn({}), /`storage` is missing/);
  const broken = new KeptSignIn({ fetch: "none", load: () => ({ refresh: "r" }), save() {} });
  await assert.rejects(broken.token(), /is not a function/);
});

test("a student asks for help and withdraws, a tutor says that it was seen", async () => {
  const { client, socket } = await anOpenClient();
  const answers = [client.askForHelp("문장이 어려워요"), client.askForHelp(), client.withdrawHelp(), client.helpSeen("a@b.c")];
  const sent = socket().sent.map(({ message_id, ...message }) => message);
  assert.deepEqual(sent, [
    { type: "help", action: "ask", note: "문장이 어려워요" },
    { type: "help", action: "ask" },
    { type: "help", action: "withdraw" },
    { type: "dashboard", action: "help_seen", student_email: "a@b.c" },
  ]);
  for (const { message_id } of socket().sent) socket().receives({ type: "ack", message_id });
  assert.deepEqual((await Promise.all(answers)).map(({ type }) => type), ["ack", "ack", "ack", "ack"]);
});

test("how a question stands comes as the event `help`", async () => {
  const { client, socket } = await anOpenClient();
  const states = [];
  client.addEventListener("help", ({ detail }) => states.push(detail.state));
  socket().receives({ type: "help", state: "seen", timestamp: "2026-01-14T10:30:00.000Z" });
  assert.deepEqual(states, ["seen"]);
});
