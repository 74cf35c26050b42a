/** The dashboard's sign of its connection: live, reconnecting, or since when what it shows is old. */
import { $, clockTime, number, setText, showStopped, text } from "../../pages/page.js";
import { Freshness } from "./freshness.js";

/** What a client hears from the server; each is a sign of life. */
const FRAMES = ["connection_success", "dashboard", "feedback_status", "message_error", "ack", "pong"];
/** The states of the sign that both pages have, by kind of freshness. */
const SIGN = { live: "open", connecting: "connecting", reconnecting: "waiting", stale: "waiting", stopped: "stopped" };

export class ConnectionLine {
  #client;
  #board;
  #freshness = new Freshness();
  #detail = {};
  kind = "connecting";

  constructor(client, board) {
    this.#client = client;
    this.#board = board;
    for (const type of FRAMES) client.addEventListener(type, () => this.#freshness.noteActivity(Date.now()));
    client.addEventListener("state", ({ detail }) => {
      this.#detail = detail;
      showStopped(detail);
    });
    $("reload").addEventListener("click", () => location.reload());
  }

  /** Look again, ask for a sign of life where none came; answers whether the dashboard is live. */
  look() {
    const now = Date.now();
    const { state } = this.#client;
    if (state === "open" && this.#freshness.shouldAsk(now)) this.#client.request({ type: "ping" }).catch(() => {});
    const { kind, since } = this.#freshness.at(now, state, this.#board);
    this.kind = kind;
    this.#paint(kind, since, now);
    return kind === "live";
  }

  /** The moment up to which anything is known, by the server's clock. */
  get asOf() {
    const now = Date.now();
    return this.#freshness.knownUntil(now, this.kind === "live") + (this.#client.now() - now);
  }

  #paint(kind, since, now) {
    const isOffline = kind === "stale" && !navigator.onLine;
    const seconds = Math.ceil(((this.#detail.retryAt ?? 0) - now) / 1000);
    const isWaiting = this.#client.state === "waiting" && seconds > 0;
    const words = [text(`line.${kind}`, { time: since ? clockTime(since) : "" })];
    if (isOffline) words.push(text("line.offline"));
    else if (kind === "stale" && isWaiting) words.push(text("line.retry", { seconds: number(seconds) }));
    $("connection").dataset.state = isOffline ? "offline" : SIGN[kind];
    $("connection").title = this.#detail.error?.message ?? "";
    setText($("connection-text"), words.join(" · "));
  }
}
