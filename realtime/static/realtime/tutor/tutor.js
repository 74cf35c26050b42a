/** The tutor's page: every student live, and feedback to the chosen one. */
import { ClassroomClient } from "../client/client.js";
import { Board } from "../client/dashboard_state.js";
import { $, LOCALE, showConnection } from "../pages/page.js";
import { Cards } from "./cards.js";
import { FeedbackPanel } from "./feedback_panel.js";

const TICK_MS = 1_000;

const client = new ClassroomClient({ batch: true, lang: LOCALE });
const board = new Board();
const panel = new FeedbackPanel();
const cards = new Cards(board, () => client.now(), choose);
const waiting = new Set(); // addresses whose cards are painted with the next frame
let chosen = null;

/** The chosen student stands in the address, so that a reload and the back button do what one expects. */
function choose(email) {
  location.hash = email ? encodeURIComponent(email) : "";
}

function follow() {
  const email = decodeURIComponent(location.hash.slice(1));
  const student = board.students.get(email) ?? null;
  $("main").classList.toggle("has-chosen", Boolean(student));
  $("back").hidden = !student;
  if (student?.student_email === chosen) return;
  const previous = chosen;
  chosen = student?.student_email ?? null;
  cards.mark(chosen);
  panel.choose(student);
  if (student) panel.update(student, client.now());
  turnTo(student, previous);
}

function turnTo(student, previous) {
  if (student) $("message").focus();
  else document.querySelector(`[data-email="${CSS.escape(previous ?? "")}"] .choose`)?.focus();
}

function onDashboard(frame) {
  for (const email of board.apply(frame)) waiting.add(email);
  if (waiting.size) requestAnimationFrame(paint);
}

function paint() {
  if (!waiting.size) return;
  cards.paint(waiting);
  if (waiting.has(chosen)) paintPanel();
  waiting.clear();
  arrange();
  follow();
}

function paintPanel() {
  const student = board.students.get(chosen);
  if (student) panel.update(student, client.now());
}

function arrange(force = false) {
  const filter = { text: $("search").value, show: $("show").value };
  cards.arrange({ filter, order: $("order").value, force });
}

function tick() {
  if (document.visibilityState !== "visible") return;
  cards.paint();
  paintPanel();
  arrange();
}

showConnection(client);
client.addEventListener("dashboard", ({ detail }) => onDashboard(detail));
client.addEventListener("feedback_status", ({ detail }) => panel.advance(detail));
client.addEventListener("state", () => board.interrupted());
for (const id of ["search", "show", "order"]) $(id).addEventListener("input", () => arrange(true));
$("back").addEventListener("click", () => choose(null));
addEventListener("hashchange", follow);
setInterval(tick, TICK_MS);
client.connect();
