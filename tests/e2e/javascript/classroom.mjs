/** A socket the tests play the server of. */
import { mock } from "node:test";
import { ClassroomClient } from "../../../realtime/static/realtime/client/client.js";

export class FakeSocket {
  static opened = [];
  readyState = 1;
  sent = [];

  constructor(address, protocols) {
    Object.assign(this, { address, protocols });
    FakeSocket.opened.push(this);
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.readyState = 3;
  }

  receives(frame) {
    this.onmessage({ data: JSON.stringify(frame) });
  }

  breaks(code = 1006) {
    this.readyState = 3;
    this.onclose({ code, reason: "" });
  }

  welcomes(clockOffset = 0) {
    const timestamp = new Date(Date.now() + clockOffset).toISOString();
    this.receives({ type: "connection_success", timestamp, heartbeat_seconds: 25 });
  }
}

/** Let promises settle; the clock stands still. */
export const settled = async () => {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
};

/** A client on a stopped clock, its events by type, and the socket it opened last. */
export async function aClient(options = {}) {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  FakeSocket.opened = [];
  const client = new ClassroomClient({ url: "ws://class/ws/", WebSocket: FakeSocket, random: () => 0.5, ...options });
  const events = { state: [], feedback: [], dashboard: [], message_error: [], error: [] };
  for (const [type, list] of Object.entries(events)) {
    client.addEventListener(type, ({ detail }) => list.push(detail));
  }
  client.addEventListener("error", (event) => event.preventDefault()); // or it stands on the console
  client.connect();
  await settled();
  return { client, events, socket: () => FakeSocket.opened.at(-1), pass: async (ms) => { mock.timers.tick(ms); await settled(); } };
}

/** A client that is connected. */
export async function anOpenClient(options) {
  const stage = await aClient(options);
  stage.socket().welcomes();
  await stage.pass(0);
  return stage;
}
