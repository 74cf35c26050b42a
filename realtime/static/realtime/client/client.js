/**
 * A connection to the classroom that keeps itself alive: `new ClassroomClient(options).connect()`.
 * What it can do and which events it sends is described in docs/client.md.
 */
import { ClassroomMessages } from "./connection/classroom_messages.js";
import { addressOf, withDefaults } from "./connection/client_options.js";
import { newId, parse } from "./connection/frames.js";
import { Heartbeat } from "./connection/heartbeat.js";
import { isProgramFault } from "./connection/program_faults.js";
import { backoff, comesBack, leastWait } from "./connection/reconnect.js";
import { ClassroomError, Requests } from "./connection/requests.js";
import { later } from "./connection/timers.js";
import { TokenRenewal } from "./connection/token_renewal.js";
import { CLOSE_CODES, SUBPROTOCOL } from "./contract.js";
import { SignedOut } from "./kept_sign_in.js";
import { LatestStatus } from "./latest_status.js";
import { ReceivedFeedback } from "./received_feedback.js";

export { ClassroomError, newId };

const CONNECT_MS = 15_000;
const STEADY_MS = 5_000; // a connection that stood this long starts the backoff anew
const WAKE_ANSWER_MS = 5_000;
const DEAD = 1006;

export class ClassroomClient extends ClassroomMessages {
  #options;
  #socket = null;
  #attempt = 0; // failed attempts in a row
  #turn = 0; // tells an overtaken attempt that it is
  #timers = { connect: 0, retry: 0, steady: 0 };
  #notBefore = 0;
  #clockOffset = 0;
  #lastError = null;
  #told; // milliseconds the server wants us to stay away after this socket
  #requests = new Requests();
  #heartbeat = new Heartbeat(() => this.#write({ type: "ping" }), () => this.#lost(DEAD, ""));
  #status = new LatestStatus((status) => this.request({ type: "status", ...status }));
  #received = new ReceivedFeedback();
  #renewal = new TokenRenewal(
    () => this.#options.token(),
    (token) => this.#write({ type: "connection", action: "refresh", token }),
    () => this.now(),
  );
  #onWake = () => this.#wake();

  /** One of idle, connecting, open, waiting, stopped. */
  state = "idle";

  constructor(options = {}) {
    super();
    this.#options = withDefaults(options);
  }

  /** Connect and stay connected; throws a TypeError that says which option is wrong or missing. */
  connect() {
    if (this.state !== "idle" && this.state !== "stopped") return;
    addressOf(this.#options);
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

  /** Report a student's status to the server: `{status, session_id, current_sentence, progress, skipped, done}`; null: no longer. */
  report(status) {
    this.#status.put(status);
  }

  /** Acknowledge feedback: `seen` or `played` (`delivered` is acknowledged by itself). */
  acknowledge(messageId, state) {
    this.#received.note(messageId, state);
    queueMicrotask(() => this.#sendAcks()); // several in one go become one message
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
      if (turn === this.#turn) this.#failed(error);
    }
  }

  #failed(error) {
    if (error instanceof SignedOut) this.#stop({ code: CLOSE_CODES.INVALID_CREDENTIALS, reason: "", error });
    else if (isProgramFault(error)) this.#fault(error);
    else this.#lost(DEAD, String(error));
  }

  /** The program's own mistake is said once, and on the console where nobody listens for it. */
  #fault(error) {
    this.#stop({ code: null, reason: "", error });
    if (this.dispatchEvent(new CustomEvent("error", { detail: error, cancelable: true }))) console.error(error);
  }

  #stop(why) {
    this.#leave();
    this.#become("stopped", why);
  }

  #dial(token) {
    this.#told = undefined;
    let socket;
    try {
      const credentials = token ? [[SUBPROTOCOL, `bearer.${token}`]] : [];
      socket = new this.#options.WebSocket(addressOf(this.#options), ...credentials);
    } catch (error) {
      return this.#fault(error); // a network never fails so early
    }
    this.#socket = socket;
    socket.onmessage = ({ data }) => socket === this.#socket && this.#receive(data);
    socket.onclose = ({ code, reason }) => socket === this.#socket && this.#lost(code, reason);
    socket.onerror = () => {}; // its close follows; the package `ws` throws what nobody takes
    this.#renewal.start(token);
  }

  #receive(data) {
    const frame = parse(data);
    if (!frame) return;
    this.#heartbeat.noteActivity();
    if (frame.type === "connection_success") this.#opened(frame);
    if (frame.type === "token_expired") this.#renewal.renew();
    if (frame.type === "connection_error") [this.#lastError, this.#told] = [frame, frame.retry_after_ms];
    if (frame.type === "feedback" && !this.#take(frame)) return;
    this.#requests.settle(frame);
    this.#emit(frame.type, frame);
  }

  #opened(frame) {
    this.#clockOffset = Date.parse(frame.timestamp) - Date.now();
    this.#renewal.schedule();
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
    const isNew = this.#received.noteArrival(frame.message_id);
    this.#sendAcks();
    return isNew;
  }

  #sendAcks() {
    if (!this.#options.acks || this.state !== "open") return;
    for (const message of this.#received.take()) this.#write(message);
  }

  #lost(code, reason) {
    this.#drop();
    if (!comesBack(code)) return this.#stop({ code, reason, error: this.#lastError });
    const least = leastWait(code, this.#told);
    this.#notBefore = Date.now() + least;
    const wait = least + backoff(this.#attempt++, this.#options.random);
    this.#timer("retry", wait, () => this.#open());
    this.#become("waiting", { code, reason, error: this.#lastError, retryAt: Date.now() + wait });
  }

  #drop() {
    this.#turn++;
    for (const name of Object.keys(this.#timers)) this.#timer(name, 0);
    this.#heartbeat.stop();
    this.#renewal.stop();
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
    if (this.state === "open") {
      this.#heartbeat.check(WAKE_ANSWER_MS);
      this.#renewal.wake();
    }
    if (this.state !== "waiting" || Date.now() < this.#notBefore) return;
    this.#timer("retry", 0);
    this.#open();
  }

  #write(message) {
    if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(message));
  }

  #timer(name, wait, run) {
    clearTimeout(this.#timers[name]);
    this.#timers[name] = run ? later(wait, run) : 0;
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
