/** The student's page: practice on one side, the tutor's feedback on the other. */
import { ClassroomClient, newId } from "../client/client.js";
import { TUTOR_NOT_FOUND } from "../client/contract.js";
import { get } from "../pages/api.js";
import { $, LOCALE, number, percent, setText, showConnection, text } from "../pages/page.js";
import { FINISHED, IDLE, NOT_STARTED, PAUSED, Practice, STUDYING, rightLength } from "./practice.js";
import { ReceivedList } from "./received_list.js";
import { SENTENCES } from "./sentences.js";

const IDLE_MS = 60_000;
const KEPT = "speaktracker.practice";
const ALOUD = "speaktracker.aloud";

const owner = $("main").dataset.email;
const client = new ClassroomClient({ acks: true, lang: LOCALE });
const practice = new Practice(SENTENCES.map(({ english }) => english), kept());
const received = new ReceivedList((id, state) => client.acknowledge(id, state));
let idleTimer = 0;

/** What this tab practised before a reload; another person's is none of ours. */
function kept() {
  const found = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  return found?.owner === owner ? found.practice : null;
}

function change(act) {
  act();
  changed();
}

function changed() {
  sessionStorage.setItem(KEPT, JSON.stringify({ owner, practice }));
  client.report(practice.report());
  restartIdleTimer();
  paint();
}

function restartIdleTimer() {
  clearTimeout(idleTimer);
  if (practice.status !== STUDYING) return;
  idleTimer = setTimeout(() => change(() => practice.idle()), IDLE_MS);
}

/** Somebody is there: an idle student goes on, a studying one stays so. */
function noteActivity() {
  if (practice.status === IDLE) change(() => practice.resume());
  else restartIdleTimer();
}

function paint() {
  const { status, at, running } = practice;
  $("status").dataset.status = status;
  setText($("status"), text(`status.${status}`));
  setText($("place"), status === FINISHED && practice.progress === 100
    ? text("practice.done")
    : text("practice.place", { at: number(at + 1), all: number(SENTENCES.length) }));
  $("progress").value = practice.progress;
  setText($("percent"), percent(practice.progress));
  paintSentence();
  paintControls(status, running);
  paintList(at, running);
}

function paintSentence() {
  const { english, korean } = SENTENCES[practice.at];
  const right = document.createElement("span");
  const length = rightLength(english, practice.typed);
  right.className = "right";
  right.textContent = english.slice(0, length);
  $("english").replaceChildren(right, english.slice(length));
  setText($("korean"), korean);
  if ($("typed").value !== practice.typed) $("typed").value = practice.typed;
}

function paintControls(status, running) {
  const labels = { [NOT_STARTED]: "practice.start", [FINISHED]: "practice.again" };
  const stopped = status === PAUSED || !running;
  setText($("start"), text(labels[status] ?? "practice.resume"));
  $("start").hidden = !stopped;
  $("next").hidden = $("pause").hidden = stopped;
  $("finish").hidden = !running;
  $("typed").disabled = stopped;
}

function paintList(at, running) {
  [...$("sentences").children].forEach((item, index) => {
    item.classList.toggle("is-done", running && index < at);
    if (index === at) item.setAttribute("aria-current", "step");
    else item.removeAttribute("aria-current");
  });
}

function buildList() {
  for (const { english, korean } of SENTENCES) {
    const item = document.createElement("li");
    const [first, second] = [document.createElement("span"), document.createElement("span")];
    Object.assign(first, { lang: "en", textContent: english });
    Object.assign(second, { lang: "ko", textContent: korean, className: "small muted" });
    item.append(first, second);
    $("sentences").append(item);
  }
}

/** Do `act`, then put the reader where they go on: hidden buttons must not swallow the focus. */
function onClick(id, act, next) {
  $(id).addEventListener("click", () => {
    change(act);
    $(next(practice)).focus();
  });
}

function listen() {
  const typing = ({ running }) => (running ? "typed" : "start");
  onClick("start", () => (practice.running ? practice.resume() : practice.start(`session_${newId()}`)), typing);
  onClick("next", () => practice.next(), typing);
  onClick("pause", () => practice.pause(), () => "start");
  onClick("finish", () => practice.finish(), () => "start");
  $("typed").addEventListener("input", ({ target }) => change(() => practice.type(target.value)));
  $("typed").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) $("next").click();
  });
  for (const type of ["pointerdown", "keydown"]) document.addEventListener(type, noteActivity);
  $("aloud").checked = localStorage.getItem(ALOUD) !== "off";
  $("aloud").addEventListener("change", () => localStorage.setItem(ALOUD, $("aloud").checked ? "on" : "off"));
}

async function loadEarlier() {
  try {
    received.showEarlier((await get($("main").dataset.history)).results);
  } catch {
    setText($("no-feedback"), text("feedback.failed"));
  }
}

/** A student whose tutor was taken away practises on, but should know that nobody sees it. */
function listenForRefusals() {
  client.addEventListener("message_error", ({ detail }) => {
    $("note").hidden = detail.code !== TUTOR_NOT_FOUND;
    setText($("note"), detail.message);
  });
  client.addEventListener("ack", () => ($("note").hidden = true));
}

showConnection(client);
listenForRefusals();
client.addEventListener("feedback", ({ detail }) => received.showNew(detail));
buildList();
listen();
paint();
if (practice.running) changed();
client.connect();
loadEarlier();
