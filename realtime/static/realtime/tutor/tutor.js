/** The tutor's page: every student live, and feedback to the chosen one. */
import { USUAL_MINUTES } from "../client/attention.js";
import { ClassroomClient } from "../client/client.js";
import { CLOSE_CODES } from "../client/contract.js";
import { Board } from "../client/dashboard_state.js";
import { $, LOCALE } from "../pages/page.js";
import { AttentionAlerts } from "./board/attention_alerts.js";
import { ClassView } from "./board/class_view.js";
import { ConnectionLine } from "./board/connection_line.js";
import { KeptView } from "./board/kept_view.js";
import { Shortcuts } from "./board/shortcuts.js";
import { FeedbackPanel } from "./feedback_panel.js";
import { LoansPanel } from "./loans/loans_panel.js";

const SECOND_MS = 1_000;
const WIDE = matchMedia("(min-width: 800px)");

const client = new ClassroomClient({ batch: true, lang: LOCALE });
const board = new Board();
const line = new ConnectionLine(client, board);
const view = new KeptView($("main").dataset.email);
const minutes = { ...USUAL_MINUTES, ...JSON.parse($("attention-minutes").textContent) };
if (view.get("areFiltersOpen") === null) $("filters").open = WIDE.matches;
const classView = new ClassView({ board, view, minutes, asOf: () => line.asOf, choose });
const alerts = new AttentionAlerts(view, choose);
const panel = new FeedbackPanel(board);
new LoansPanel(board);
let chosen = null;
let isTurned = false; // somebody chose, so that the focus goes along
let seen = null; // the question the student was told about: address and time
let lookedAt = 0;

/** The chosen student stands in the address, so that a reload and the back button do what one expects. */
function choose(email) {
  isTurned = true;
  view.set({ chosen: email ?? "" });
  if (email && email === chosen) focusMessage();
  location.hash = email ? encodeURIComponent(email) : "";
  follow(); // the browser's own event comes later, when somebody may have pressed another key
}

function addressed() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return ""; // an address that was cut off on its way here
  }
}

function follow() {
  const email = addressed();
  const student = board.students.get(email) ?? null;
  $("main").classList.toggle("has-chosen", Boolean(student));
  $("back").hidden = !student;
  noteSeen(student);
  if (student?.student_email === (chosen ?? undefined)) return;
  const previous = chosen;
  chosen = student?.student_email ?? null;
  classView.cards.mark(chosen);
  panel.choose(student);
  if (student) panel.update(student, client.now());
  if (isTurned && student) focusMessage();
  else if (isTurned) classView.goTo(previous);
  isTurned = false;
}

function focusMessage() {
  $("message")?.focus();
}

/** The student is told once that their question was seen; again where that was lost on the way. */
function noteSeen(student) {
  if (!student?.help || student.help.seen_at || document.visibilityState === "hidden") return;
  const question = `${student.student_email} ${student.help.asked_at}`;
  if (seen === question || client.state !== "open") return;
  seen = question;
  const lost = () => (seen = seen === question ? null : seen);
  client.request({ type: "dashboard", action: "help_seen", student_email: student.student_email }).catch(lost);
}

function take(emails) {
  classView.note(emails);
  if (emails.includes(chosen) || emails.includes(addressed())) paintChosen();
  // A tab in the background paints nothing, and its timers are slow: its title follows by what it hears.
  if (document.visibilityState === "hidden" && performance.now() - lookedAt >= SECOND_MS) look();
}

function paintChosen() {
  follow();
  const student = board.students.get(chosen);
  if (student) panel.update(student, client.now());
}

/** What belongs to a second, however many updates it had. */
function look() {
  lookedAt = performance.now();
  const newly = classView.look(line.look());
  alerts.count(classView.inNeed.length);
  alerts.announce(newly, line.asOf);
  paintChosen();
}

function restore() {
  if (!location.hash && view.get("chosen")) history.replaceState(null, "", `#${encodeURIComponent(view.get("chosen"))}`);
}

restore();
new Shortcuts(view, {
  next: () => nextInNeed(),
  write: () => (chosen ? focusMessage() : choose(document.activeElement?.closest("[data-student]")?.dataset.student ?? null)),
  back: () => chosen && choose(null),
  search: () => $("search").focus(),
});
client.addEventListener("dashboard", ({ detail }) => {
  const isFirst = !board.isCurrent;
  take(board.apply(detail));
  if (isFirst && board.isCurrent) look();
});
client.addEventListener("feedback_status", ({ detail }) => {
  take(board.advance(detail));
  panel.advance(detail);
});
client.addEventListener("state", ({ detail }) => {
  board.interrupted();
  look();
  if (detail.state === "open") panel.reload();
  if (detail.code === CLOSE_CODES.INVALID_CREDENTIALS) panel.ended();
});
$("newly").addEventListener("click", () => {
  if (!WIDE.matches && chosen) choose(null);
  classView.show();
});
$("back").addEventListener("click", () => choose(null));
$("language").addEventListener("click", ({ target }) => (target.hash = location.hash));
for (const form of document.querySelectorAll("header form")) form.addEventListener("submit", ({ defaultPrevented }) => defaultPrevented || view.forgetPeople());
addEventListener("hashchange", () => {
  view.set({ chosen: addressed() });
  follow();
});
document.addEventListener("visibilitychange", look);
setInterval(look, SECOND_MS);
client.connect();

/** The next card of who needs help, after the one in focus or chosen; round and round. */
function nextInNeed() {
  const emails = classView.inNeed.map(({ email }) => email).filter((email) => classView.cards.element(email));
  const from = document.activeElement?.closest("[data-student]")?.dataset.student ?? chosen;
  classView.goTo(emails[(emails.indexOf(from) + 1) % emails.length]);
}
