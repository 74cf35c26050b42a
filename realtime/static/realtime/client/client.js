/**
 * A connection to the classroom that keeps itself alive: `new ClassroomClient(options).connect()`.
 * What it can do and which events it sends is described in docs/client.md.
 */
import { SUBPROTOCOL } from "./contract.js";
import { newId, parse, tokenEnd } from "./frames.js";
import { Heartbeat } from "./heartbeat.js";
import { LatestStatus } from "./latest_status.js";
import { ReceivedFeedback } from "./received_feedback.js";
import { backoff, comesBack, leastWait } from "./reconnect.js";
import { ClassroomError, Requests } from "./requests.js";

export { ClassroomError, newId };

const CONNECT_MS = 15_000;
const STEADY_MS = 5_000; // a connection that stood this long starts the backoff anew
const WAKE_ANSWER_MS = 5_000;
const DEAD = 1006;

const DEFAULTS = {
  url: null, // wss://HOST/ws/; the page's own host when null
  token: null, // async () => JWT; the session cookie when null
  acks: false, // a student's client acknowledges feedback
  batch: false, // a dashboard takes several updates in one frame
  lang: "", // language of the server's messages: ko or en
  replyTimeout: 10_000,
  WebSocket: globalThis.WebSocket,
  random: Math.random,
};

export class ClassroomClient extends EventTarget {
  #options;
  #socket = null;
  #attempt = 0; // failed attempts in a row
  #turn = 0; // tells an overtaken attempt that it is
  #timers = { connect: 0, retry: 0, steady: 0, token: 0 };
  #notBefore = 0;
  #clockOffset = 0;
  #lastError = null;
  #requests = new Requests();
  #heartbeat = new Heartbeat(() => this.#write({ type: "ping" }), () => this.#lost(DEAD, ""));
  #status = new LatestStatus((status) => this.request({ type: "status", ...status }));
  #received = new ReceivedFeedback();
  #onWake = () => this.#wake();

  /** One of idle, connecting, open, waiting, stopped. */
  state = "idle";

  constructor(options = {}) {
    super();
    this.#options = { ...DEFAULTS, ...options };
  }

  /** Connect and stay connected. */
  connect() {
    if (this.state !== "idle" && this.state !== "stopped") return;
    for (const [target, type] of wakeEvents()) target.addEventListener(type, this.#onWake);
    this.#attempt = 0;
    this.#open();
  }

  /** Close the connection for good; `connect` opens it again. */
  close() {
    this.#leave();
    this.#become("idle");
  }

  /** The server's clock, in epoch milliseconds. */
  now() {
    return Date.now() + this.#clockOffset;
  }

  /** Report a student's status to the server: `{status, session_id, current_sentence, progress}`. */
  report(status) {
    this.#status.put(status);
  }

  /** Acknowledge feedback: `seen` or `played` (`delivered` is acknowledged by itself). */
  acknowledge(messageId, state) {
    this.#received.note(messageId, state);
    queueMicrotask(() => this.#sendAcks()); // several in one go become one message
  }

  /** Ask for the whole dashboard again. */
  refresh() {
    return this.request({ type: "dashboard", action: "refresh" });
  }

  /** Give feedback over the socket; resolves with how far it came. Repeat with the same `message_id`. */
  giveFeedback(feedback) {
    return this.request({ type: "feedback", ...feedback });
  }

  /** Send any message; resolves with its answer, rejects with a ClassroomError. */
  request(message) {
    const sent = { message_id: newId(), ...message };
    if (this.state !== "open") {
      return Promise.reject(new ClassroomError("OFFLINE", "there is no connection"));
    }
    const answer = this.#requests.expect(sent, this.#options.replyTimeout);
    this.#write(sent);
    return answer;
  }

  async #open() {
    const turn = ++this.#turn;
    this.#become("connecting");
    this.#timer("connect", CONNECT_MS, () => this.#lost(DEAD, ""));
    try {
      const token = await this.#options.token?.();
      if (turn === this.#turn) this.#dial(token);
    } catch (error) {
      if (turn === this.#turn) this.#lost(DEAD, String(error));
    }
  }

  #dial(token) {
    const { WebSocket } = this.#options;
    const address = this.#address();
    const socket = token
      ? new WebSocket(address, [SUBPROTOCOL, `bearer.${token}`])
      : new WebSocket(address);
    this.#socket = socket;
    socket.onmessage = ({ data }) => socket === this.#socket && this.#receive(data);
    socket.onclose = ({ code, reason }) => socket === this.#socket && this.#lost(code, reason);
    if (token) this.#renewBeforeEnd(token);
  }

  #address() {
    const { url, acks, batch, lang } = this.#options;
    const address = new URL(url ?? "/ws/", globalThis.location?.href);
    address.protocol = address.protocol.replace("http", "ws");
    if (acks) address.searchParams.set("acks", "1");
    if (batch) address.searchParams.set("batch", "1");
    if (lang) address.searchParams.set("lang", lang);
    return address.href;
  }

  #receive(data) {
    const frame = parse(data);
    if (!frame) return;
    this.#heartbeat.noteActivity();
    if (frame.type === "connection_success") this.#opened(frame);
    if (frame.type === "connection_error") this.#lastError = frame;
    if (frame.type === "feedback" && !this.#take(frame)) return;
    this.#requests.settle(frame);
    this.#emit(frame.type, frame);
  }

  #opened(frame) {
    this.#clockOffset = Date.parse(frame.timestamp) - Date.now();
    if (this.state === "open") return; // the answer to a hello or to a fresh token
    this.#timer("connect", 0);
    this.#timer("steady", STEADY_MS, () => (this.#attempt = 0));
    this.#lastError = null;
    this.#heartbeat.start(frame.heartbeat_seconds ?? 25);
    this.#become("open");
    this.#status.opened();
    this.#sendAcks();
  }

  #take(frame) {
    const isNew = this.#received.isNew(frame.message_id);
    this.#received.note(frame.message_id, "delivered");
    this.#sendAcks();
    return isNew;
  }

  #sendAcks() {
    if (!this.#options.acks || this.state !== "open") return;
    for (const message of this.#received.take()) this.#write(message);
  }

  #lost(code, reason) {
    this.#drop();
    if (!comesBack(code)) {
      this.#leave();
      this.#become("stopped", { code, reason, error: this.#lastError });
      return;
    }
    this.#notBefore = Date.now() + leastWait(code);
    const wait = leastWait(code) + backoff(this.#attempt++, this.#options.random);
    this.#timer("retry", wait, () => this.#open());
    this.#become("waiting", { code, reason, error: this.#lastError, retryAt: Date.now() + wait });
  }

  #drop() {
    this.#turn++;
    for (const name of Object.keys(this.#timers)) this.#timer(name, 0);
    this.#heartbeat.stop();
    this.#status.closed();
    const socket = this.#socket;
    this.#socket = null;
    this.#requests.abandon();
    // A dead socket may stay "closing" for minutes: whatever it still brings is ignored.
    socket?.close();
  }

  #leave() {
    this.#drop();
    for (const [target, type] of wakeEvents()) target.removeEventListener(type, this.#onWake);
  }

  #wake() {
    if (globalThis.document?.visibilityState === "hidden") return;
    if (this.state === "open") this.#heartbeat.check(WAKE_ANSWER_MS);
    if (this.state !== "waiting" || Date.now() < this.#notBefore) return;
    this.#timer("retry", 0);
    this.#open();
  }

  #renewBeforeEnd(token) {
    const end = tokenEnd(token);
    if (!end) return;
    this.#timer("token", Math.max(end - Date.now() - 60_000, 5_000), async () => {
      const turn = this.#turn;
      const fresh = await this.#options.token().catch(() => null);
      if (!fresh || turn !== this.#turn) return; // the server closes when the old one ends, and we come back
      this.#write({ type: "connection", action: "refresh", token: fresh });
      this.#renewBeforeEnd(fresh);
    });
  }

  #write(message) {
    if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(message));
  }

  #timer(name, wait, run) {
    clearTimeout(this.#timers[name]);
    this.#timers[name] = run ? setTimeout(run, wait) : 0;
  }

  #become(state, detail = {}) {
    this.state = state;
    this.#emit("state", { state, ...detail });
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

function wakeEvents() {
  if (!globalThis.window) return [];
  return [[window, "online"], [window, "offline"], [document, "visibilitychange"]];
}
