import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeSocket, aClient, anOpenClient, settled } from "./classroom.mjs";
import { VERSION } from "../../../realtime/static/realtime/client/version.js";
import { backoff } from "../../../realtime/static/realtime/client/connection/reconnect.js";

const feedback = (id) => ({ type: "feedback", message_id: id, message: "good" });
const ofType = (socket, type) => socket.sent.filter((message) => message.type === type);

test("a student's client asks for acknowledged feedback, a dashboard for batches", async () => {
  const { socket } = await aClient({ acks: true, batch: true, lang: "en" });
  assert.equal(socket().address, `ws://class/ws/?acks=1&batch=1&lang=en&client=speaktracker-js%2F${VERSION}`);
  assert.equal(socket().protocols, undefined);
});

test("a token travels as a subprotocol", async () => {
  const { socket } = await aClient({ token: async () => "t.o.k" });
  assert.deepEqual(socket().protocols, ["speaktracker.v1", "bearer.t.o.k"]);
});

for (const code of [1006, 1012, 4005, 4008, 4009, 4011, 4015]) {
  test(`after ${code} the client comes back with backoff`, async () => {
    const { client, socket, pass } = await anOpenClient();
    socket().breaks(code);
    assert.equal(client.state, "waiting");
    await pass(499);
    assert.equal(FakeSocket.opened.length, 1);
    await pass(1);
    assert.equal(FakeSocket.opened.length, 2);
  });
}

for (const code of [4400, 4401, 4403, 4404, 4499]) {
  test(`after ${code} the client stays away and says why`, async () => {
    const { client, events, socket, pass } = await aClient();
    socket().receives({ type: "connection_error", code: "WHY", message: "why" });
    socket().breaks(code);
    await pass(3_600_000);
    assert.equal(client.state, "stopped");
    assert.equal(events.state.at(-1).error.message, "why");
    assert.equal(FakeSocket.opened.length, 1);
  });
}

test("with too many connections the client waits for thirty seconds", async () => {
  const { socket, pass } = await anOpenClient();
  socket().breaks(4010);
  await pass(29_999);
  assert.equal(FakeSocket.opened.length, 1);
  await pass(1_000);
  assert.equal(FakeSocket.opened.length, 2);
});

test("the client stays away as long as the server tells, and only that once", async () => {
  const { socket, pass } = await anOpenClient();
  socket().receives({ type: "connection_error", code: "RATE_LIMITED", message: "wait", retry_after_ms: 42_000 });
  socket().breaks(4013);
  await pass(41_999);
  assert.equal(FakeSocket.opened.length, 1);
  await pass(1_001);
  assert.equal(FakeSocket.opened.length, 2);
  socket().breaks();
  await pass(1_000);
  assert.equal(FakeSocket.opened.length, 3);
});

test("each failed attempt doubles the wait, with full jitter and a cap", () => {
  assert.deepEqual([0, 1, 2, 9].map((attempt) => backoff(attempt, () => 1)), [1000, 2000, 4000, 30000]);
  assert.equal(backoff(5, () => 0), 0);
});

test("a connection that accepts and drops at once does not start the backoff anew", async () => {
  const { events, socket, pass } = await anOpenClient();
  for (let turn = 0; turn < 3; turn += 1) {
    socket().breaks();
    await pass(events.state.at(-1).retryAt - Date.now());
    socket().welcomes();
  }
  socket().breaks();
  assert.equal(events.state.at(-1).retryAt - Date.now(), 4000);
});

test("a server that never answers the connect is tried again", async () => {
  const { client, pass } = await aClient();
  await pass(15_000);
  assert.equal(client.state, "waiting");
});

test("a silent connection is pinged, and dead without an answer", async () => {
  const { client, socket, pass } = await anOpenClient();
  await pass(25_000);
  assert.equal(ofType(socket(), "ping").length, 1);
  socket().receives({ type: "pong" });
  await pass(25_000);
  assert.equal(ofType(socket(), "ping").length, 2);
  await pass(10_000);
  assert.equal(client.state, "waiting");
});

test("a request resolves on its ack and rejects on its error", async () => {
  const { client, socket } = await anOpenClient();
  const [good, bad] = [client.request({ type: "ping", message_id: "1" }), client.request({ type: "x", message_id: "2" })];
  socket().receives({ type: "message_error", code: "UNKNOWN_TYPE", original_message_id: "2", message: "?" });
  socket().receives({ type: "ack", message_id: "1" });
  assert.equal((await good).type, "ack");
  await assert.rejects(bad, { code: "UNKNOWN_TYPE" });
});

test("a request without an answer is given up, and one on a lost connection at once", async () => {
  const { client, socket, pass } = await anOpenClient();
  const slow = assert.rejects(client.refresh(), { code: "TIMEOUT" });
  await pass(10_000);
  await slow;
  const cut = assert.rejects(client.refresh(), { code: "DISCONNECTED" });
  socket().breaks();
  await cut;
  await assert.rejects(client.refresh(), { code: "OFFLINE" });
});

test("feedback that was stored counts as given, its student being offline or not", async () => {
  const { client, socket } = await anOpenClient();
  const given = client.giveFeedback({ message_id: "k", message: "good" });
  socket().receives({ type: "ack", message_id: "k" });
  socket().receives({ type: "message_error", code: "RECIPIENT_OFFLINE", original_message_id: "k", queued: true });
  assert.equal((await given).queued, true);
});

test("feedback is shown once, however often it comes, and acknowledged each time", async () => {
  const { events, socket, pass } = await anOpenClient({ acks: true });
  socket().receives(feedback("f1"));
  socket().breaks();
  await pass(500);
  socket().welcomes();
  socket().receives(feedback("f1"));
  assert.equal(events.feedback.length, 1);
  assert.deepEqual(ofType(socket(), "feedback_ack").map(({ message_ids: ids }) => ids), [["f1"]]);
});

test("feedback that a page knew from its list is new when it comes, and stays seen", async () => {
  const { client, events, socket, pass } = await anOpenClient({ acks: true });
  client.acknowledge("f1", "seen");
  await pass(0);
  for (let turn = 0; turn < 2; turn += 1) socket().receives({ type: "feedback", message_id: "f1", message: "m" });
  await pass(0);
  assert.equal(events.feedback.length, 1);
  assert.equal(socket().sent.at(-1).state, "seen");
});

test("what was seen while the connection was down is acknowledged when it is back", async () => {
  const { client, socket, pass } = await anOpenClient({ acks: true });
  socket().receives(feedback("f1"));
  socket().breaks();
  client.acknowledge("f1", "seen");
  await pass(500);
  socket().welcomes();
  assert.deepEqual(ofType(socket(), "feedback_ack"), [{ type: "feedback_ack", state: "seen", message_ids: ["f1"] }]);
});

test("only the latest status waits for the connection", async () => {
  const { client, socket, pass } = await aClient();
  for (const progress of [1, 2, 3]) client.report({ status: "studying", progress });
  socket().welcomes();
  await pass(0);
  assert.deepEqual(ofType(socket(), "status").map(({ progress }) => progress), [3]);
});

test("statuses in a burst are thinned, and the last one is never lost", async () => {
  const { client, socket, pass } = await anOpenClient();
  for (let progress = 1; progress <= 20; progress += 1) {
    client.report({ status: "studying", progress });
    await pass(20);
  }
  await pass(400);
  const sent = ofType(socket(), "status").map(({ progress }) => progress);
  assert.ok(sent.length < 5, `sent ${sent}`);
  assert.equal(sent.at(-1), 20);
});

test("after a reconnect the status is said again, but not a finished one", async () => {
  const { client, socket, pass } = await anOpenClient();
  for (const [status, expected] of [["studying", 1], ["finished", 0]]) {
    client.report({ status });
    await pass(1000);
    socket().receives({ type: "ack", message_id: ofType(socket(), "status").at(-1).message_id });
    await settled();
    socket().breaks();
    await pass(4000);
    socket().welcomes();
    await pass(0);
    assert.equal(ofType(socket(), "status").length, expected);
  }
});

test("a status that came too fast is sent again when the server says so", async () => {
  const { client, socket, pass } = await anOpenClient();
  client.report({ status: "paused" });
  await pass(0);
  const [{ message_id: id }] = ofType(socket(), "status");
  socket().receives({ type: "message_error", code: "RATE_LIMITED", original_message_id: id, retry_after_ms: 900 });
  await settled();
  await pass(899);
  assert.equal(ofType(socket(), "status").length, 1);
  await pass(2);
  assert.equal(ofType(socket(), "status").length, 2);
});

test("nothing on the connection that is no frame does harm", async () => {
  const { client, socket } = await anOpenClient();
  for (const data of ["", "{", "null", "[]", '{"type":1}', '{"type":"surprise"}']) socket().onmessage({ data });
  assert.equal(client.state, "open");
});

test("a closed client stays closed", async () => {
  const { client, pass } = await anOpenClient();
  client.close();
  await pass(3_600_000);
  assert.equal(client.state, "idle");
  assert.equal(FakeSocket.opened.length, 1);
});
