/** What a client is made with, checked before the first attempt: a mistake in it is no fault of the network. */
import { VERSION } from "../version.js";

const DEFAULTS = {
  url: null, // wss://HOST/ws/; the page's own host when null
  token: null, // async () => JWT; the session cookie when null
  acks: false, // a student's client acknowledges feedback
  batch: false, // a dashboard takes several updates in one frame
  lang: "", // language of the server's messages: ko or en
  replyTimeout: 10_000,
  random: Math.random,
};

/** `given` with a default for each option left out; the WebSocket is looked for only now. */
export function withDefaults(given) {
  return { ...DEFAULTS, WebSocket: globalThis.WebSocket, ...given };
}

/** The address to connect to; throws a TypeError that says what is wrong with the options. */
export function addressOf({ url, token, acks, batch, lang, WebSocket }) {
  if (typeof WebSocket !== "function") {
    throw new TypeError("WebSocket is not available: Node 22 or newer, or pass `WebSocket` in the options");
  }
  if (token !== null && typeof token !== "function") {
    throw new TypeError("`token` is a function that answers a token, or a promise of one");
  }
  const address = parsed(url);
  address.protocol = address.protocol.replace("http", "ws");
  if (acks) address.searchParams.set("acks", "1");
  if (batch) address.searchParams.set("batch", "1");
  if (lang) address.searchParams.set("lang", lang);
  address.searchParams.set("client", `speaktracker-js/${VERSION}`);
  return address.href;
}

function parsed(url) {
  const page = globalThis.location?.href;
  if (!url && !page) throw new TypeError("`url` is missing: outside a page there is no host of its own");
  const address = URL.canParse(url ?? "/ws/", page) ? new URL(url ?? "/ws/", page) : null;
  if (!/^(ws|http)s?:$/.test(address?.protocol)) throw new TypeError(`\`url\` is no address of a socket: ${url}`);
  address.hash = ""; // a WebSocket takes none
  return address;
}
