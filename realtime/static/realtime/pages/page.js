/** What both pages share: their texts, the way they write times, and the sign of the connection. */
import { CLOSE_CODES } from "../client/contract.js";

const TEXTS = JSON.parse(document.getElementById("texts").textContent);
export const LOCALE = document.documentElement.lang;
export const $ = (id) => document.getElementById(id);

/** A text of the page in the reader's language, with `{name}` filled in. */
export function text(key, values = {}) {
  return (TEXTS[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

const NUMBER = new Intl.NumberFormat(LOCALE);
const PERCENT = new Intl.NumberFormat(LOCALE, { style: "percent" });
const TODAY = new Intl.DateTimeFormat(LOCALE, { timeStyle: "short" });
const OTHER_DAY = new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeStyle: "short" });
const unit = (name) => new Intl.NumberFormat(LOCALE, { style: "unit", unit: name, unitDisplay: "short" });
const [MINUTES, HOURS] = [unit("minute"), unit("hour")];
const AGO = new Intl.RelativeTimeFormat(LOCALE, { numeric: "auto", style: "short" });

export const number = (value) => NUMBER.format(value);
export const percent = (value) => PERCENT.format(value / 100);

/** Show a moment in a <time>, in the reader's own zone. */
export function showTime(element, iso) {
  const when = new Date(iso);
  const today = when.toDateString() === new Date().toDateString();
  element.dateTime = iso;
  element.textContent = (today ? TODAY : OTHER_DAY).format(when);
  element.title = OTHER_DAY.format(when);
}

/** "3 minutes ago", for milliseconds gone by. */
export function ago(milliseconds) {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return AGO.format(-seconds, "second");
  if (seconds < 3600) return AGO.format(-Math.floor(seconds / 60), "minute");
  if (seconds < 86400) return AGO.format(-Math.floor(seconds / 3600), "hour");
  return AGO.format(-Math.floor(seconds / 86400), "day");
}

/** "2 min" or "1 hr 5 min", for milliseconds gone by: as precise as a glance needs. */
export function lasting(milliseconds) {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 1) return text("time.under_a_minute");
  if (minutes < 60) return MINUTES.format(minutes);
  const rest = minutes % 60;
  return `${HOURS.format(Math.floor(minutes / 60))}${rest ? ` ${MINUTES.format(rest)}` : ""}`;
}

/** The time of a moment today, in the reader's own zone. */
export const clockTime = (epochMs) => TODAY.format(new Date(epochMs));

/** Set an element's text only when it differs, so that screen readers and the eye are left alone. */
export function setText(element, value) {
  if (element.textContent !== value) element.textContent = value;
}

/** Keep the page's sign of the connection true to `client`. */
export function showConnection(client) {
  let current = { state: "connecting" };
  const paint = () => {
    const offline = current.state === "waiting" && !navigator.onLine;
    const state = offline ? "offline" : current.state;
    const seconds = Math.max(0, Math.ceil(((current.retryAt ?? 0) - Date.now()) / 1000));
    $("connection").dataset.state = state;
    $("connection").title = current.error?.message ?? "";
    setText($("connection-text"), text(`line.${state}`, { seconds: number(seconds) }));
  };
  client.addEventListener("state", ({ detail }) => {
    current = detail;
    paint();
    showStopped(detail);
  });
  setInterval(() => current.state === "waiting" && paint(), 1000);
  $("reload").addEventListener("click", () => location.reload());
}

/** Say why the connection was ended for good, and what to do; for any other state, say nothing. */
export function showStopped({ state, code, reason, error }) {
  $("stopped").hidden = state !== "stopped";
  if (state !== "stopped") return;
  const why = text(`stopped.${code}`) === `stopped.${code}` ? (error?.message ?? "") : text(`stopped.${code}`);
  const said = code === CLOSE_CODES.REMOVED && reason ? ` ${text("stopped.reason", { reason })}` : "";
  setText($("stopped-text"), `${why}${said}`);
  $("sign-in-again").hidden = code !== CLOSE_CODES.INVALID_CREDENTIALS;
  $("reload").hidden = code === CLOSE_CODES.INVALID_CREDENTIALS;
}
