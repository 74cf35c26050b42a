/** The student's page: practice on one side, the tutor's feedback on the other. */
import { ClassroomClient, newId } from "../client/client.js";
import { KeptValue } from "../client/browser_storage.js";
import { get } from "../pages/api.js";
import { $, LOCALE, showConnection } from "../pages/page.js";
import { onEnter } from "../pages/submitting.js";
import { HelpControl } from "./help_control.js";
import { KeptPractices } from "./kept_practices.js";
import { onChoice, paintChoice, sayOfList } from "./list_choice.js";
import { FINISHED, IDLE, PAUSED, Practice, STUDYING } from "./practice.js";
import { PracticeTabs } from "./practice_tabs.js";
import { buildSentenceList, paintPractice } from "./practice_view.js";
import { ReceivedList } from "./received_list.js";
import { bestMatch } from "./sentence_match.js";
import { SentenceLists, practisesOther } from "./sentence_lists.js";
import { SentenceSound } from "./sentence_sound.js";
import { Speaking } from "./speaking.js";
import { listenForRefusals, listenForTutor, loadEarlier } from "./tutor_side.js";

const IDLE_MS = 60_000;

const { email: owner, shared, sentences } = $("main").dataset;
// On a shared computer nothing outlives the window.
const area = shared ? "sessionStorage" : "localStorage";
const kept = new KeptPractices(area, owner);
const aloud = new KeptValue("localStorage", "speaktracker.aloud", (found) => ["on", "off"].includes(found));
const client = new ClassroomClient({ acks: true, lang: LOCALE });
const channel = globalThis.BroadcastChannel ? new BroadcastChannel(`speaktracker.practice:${owner}`) : null;
const tabs = new PracticeTabs(newId(), channel);
const received = new ReceivedList((id, state) => client.acknowledge(id, state));
const help = new HelpControl(client, area, owner);
const speaking = new Speaking((candidates) => say(candidates), () => noteActivity());
const sound = new SentenceSound(() => speaking.sentenceChanged());
const lists = new SentenceLists(sentences, JSON.parse($("offer").textContent), get);
let practice = new Practice(practised(), kept.of(lists.chosen.id));
let idleTimer = 0;
let isOpening = false; // another list: until it is there, nothing is done with the one before

const newSession = () => `session_${newId()}`;

function practised() {
  return { language: lists.language, sentences: lists.sentences };
}

/** Go on with the list that is chosen, from where the student was in it. */
function goOn(found = kept.of(lists.chosen.id)) {
  practice = new Practice(practised(), found);
  speaking.language = lists.language;
  buildSentenceList(lists.current);
}

function isHere() {
  return tabs.state === "active" && !isOpening;
}

function change(act) {
  if (!isHere()) return;
  const [sentence, status] = [practice.sentence, practice.status];
  act();
  if (practice.sentence !== sentence) speaking.sentenceChanged();
  if (practice.status !== status && ![STUDYING, IDLE].includes(practice.status)) speaking.stop();
  changed();
}

function changed() {
  client.report(practice.report());
  restartIdleTimer();
  paint();
  keep();
}

function keep() {
  kept.write(lists.chosen.id, practice, lists.lists);
}

function paint() {
  paintPractice(practice, lists.current, isHere());
  paintChoice(lists.current, isHere());
  sound.show(lists.sentences[practice.at]);
  $("elsewhere").hidden = tabs.state !== "waiting";
  help.practiceIs(practice.status === FINISHED);
}

function restartIdleTimer() {
  clearTimeout(idleTimer);
  if (practice.status !== STUDYING) return;
  idleTimer = setTimeout(() => change(() => practice.idle()), IDLE_MS);
}

/** Somebody is there, by hand or by voice: an idle student goes on, a studying one stays so. */
function noteActivity() {
  if (practice.status === IDLE) change(() => practice.resume());
  else if (isHere()) restartIdleTimer();
}

function say(candidates) {
  change(() => practice.give(bestMatch(practice.sentence, candidates, lists.language)));
}

/** Go by the offer of list `id`; one that cannot be loaded is said, and nothing else changes. */
async function open(id) {
  isOpening = true;
  paint();
  try {
    lists.take(await lists.ask(id));
    goOn();
    sayOfList("");
  } catch {
    sayOfList("list.failed");
  }
  isOpening = false;
}

/** Practise another list; this one waits where it is. */
async function choose(id) {
  const before = lists.chosen.id;
  if (practice.running) change(() => practice.pause());
  await open(id);
  if (practice.running && lists.chosen.id !== before) practice.setAside(newSession());
  paint();
  if (isHere()) keep();
}

/** Start at once with what is here; what was given since is taken as long as nothing was done. */
function start() {
  const sessionId = newSession();
  practice.start(sessionId);
  const take = (offer) => {
    if (practice.sessionId !== sessionId || !practice.isUntouched || !isHere()) return;
    const isNew = practisesOther(offer, lists.current);
    lists.take(offer);
    if (!isNew) return paint();
    goOn(null);
    change(() => practice.start(sessionId));
  };
  lists.ask().then(take, () => {}); // else it goes on with what is here
}

/** Nothing is practised: show what is given meanwhile. */
async function lookAgain() {
  const isFree = () => document.visibilityState === "visible" && !practice.running && isHere();
  const offer = isFree() && (await lists.ask().catch(() => null));
  if (!offer || !isFree()) return;
  const isNew = practisesOther(offer, lists.current);
  lists.take(offer);
  if (isNew) goOn();
  paint();
}

/** Do `act`, then put the reader where they go on: hidden buttons must not swallow the focus. */
function onClick(id, act, next) {
  $(id).addEventListener("click", () => {
    change(act);
    $(next(practice)).focus();
  });
}

function listen() {
  const typing = ({ running }) => (running ? "typed" : "summary-title");
  onClick("start", () => (practice.running ? practice.resume() : start()), typing);
  onClick("next", () => practice.next(), typing);
  onClick("pause", () => practice.pause(), () => "start");
  onClick("finish", () => practice.finish(), () => "summary-title");
  $("typed").addEventListener("input", ({ target }) => change(() => practice.give(target.value)));
  // Enter goes on, and never skips: a slip of the finger is no decision.
  onEnter($("typed"), () => practice.isEnough && $("next").click());
  for (const type of ["pointerdown", "keydown", "input"]) document.addEventListener(type, noteActivity);
  onChoice(choose);
  document.addEventListener("visibilitychange", lookAgain);
  $("aloud").checked = aloud.read() !== "off";
  $("aloud").addEventListener("change", () => aloud.write($("aloud").checked ? "on" : "off"));
}

/** One tab practises and reports; another one says so, and may take over. */
function shareWithOtherTabs() {
  tabs.addEventListener("state", () => (isHere() ? begin() : stepBack()));
  tabs.addEventListener("free", () => document.visibilityState === "visible" && tabs.takeOver());
  $("practise-here").addEventListener("click", () => tabs.takeOver());
  addEventListener("pagehide", () => {
    if (isHere() && practice.running) keep();
    tabs.leave();
  });
  // Brought back by the back button as it was left: the world has moved on.
  addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
  tabs.open();
}

async function begin() {
  const before = kept.list ?? lists.chosen.id;
  if (before !== lists.chosen.id) await open(before);
  if (!isHere()) return;
  goOn();
  const left = before === lists.chosen.id ? null : new Practice(practised(), kept.of(before));
  if (practice.running) changed();
  // Its list is given no more: the session ends here, and nobody is shown as practising on.
  else if (left?.running) client.report({ status: PAUSED, session_id: left.sessionId });
  paint();
}

function stepBack() {
  clearTimeout(idleTimer);
  if (practice.running) keep();
  client.report(null);
  speaking.stop();
  paint();
}

function noteFeedback() {
  if (!isHere() || !practice.running) return;
  practice.noteFeedback();
  keep();
}

showConnection(client);
listenForRefusals(client);
listenForTutor(client, received, noteFeedback);
buildSentenceList(lists.current);
listen();
paint();
shareWithOtherTabs();
client.connect();
loadEarlier(received);
