/** What the page shows of a practice session. */
import { $, number, percent, setText, text } from "../pages/page.js";
import { FINISHED, NOT_STARTED, PAUSED } from "./practice.js";

const OTHER = { en: "ko", ko: "en" };

/** List the sentences of `offer`, each with room for its outcome. */
export function buildSentenceList({ chosen, sentences }) {
  const items = sentences.map(({ text: sentence, translation }) => {
    const item = document.createElement("li");
    const [first, second, outcome] = ["span", "span", "span"].map((name) => document.createElement(name));
    Object.assign(first, { lang: chosen.language, textContent: sentence });
    Object.assign(second, { lang: OTHER[chosen.language], textContent: translation, className: "small muted" });
    outcome.className = "outcome small";
    item.append(first, second, outcome);
    return item;
  });
  $("sentences").replaceChildren(...items);
  $("sentence").lang = $("typed").lang = chosen.language;
  $("translation").lang = OTHER[chosen.language];
}

/** Show how far `practice` of the sentences of `offer` is; only where it `isHere` are there buttons. */
export function paintPractice(practice, { sentences }, isHere) {
  const { status, at } = practice;
  $("status").dataset.status = status;
  setText($("status"), text(`status.${status}`));
  setText($("place"), text("practice.place", { at: number(at + 1), all: number(practice.all) }));
  $("progress").value = practice.progress;
  setText($("percent"), percent(practice.progress));
  paintSentence(practice, sentences[at]);
  paintControls(practice, isHere);
  paintSentenceList(practice);
  paintSummary(practice);
}

function paintSentence(practice, { translation }) {
  const { pieces, right, all } = practice.match;
  $("sentence").replaceChildren(...pieces.map(spanOf));
  setText($("translation"), translation);
  if ($("typed").value !== practice.typed) $("typed").value = practice.typed;
  $("match").dataset.enough = practice.running && practice.isEnough ? "yes" : "no";
  const key = practice.isEnough ? "practice.enough" : "practice.words_right";
  setText($("match"), practice.running ? text(key, { right: number(right), all: number(all) }) : "");
}

function spanOf({ text: content, state }) {
  if (!state) return content;
  return Object.assign(document.createElement("span"), { className: state, textContent: content });
}

function paintControls(practice, isHere) {
  const { status, running, isEnough } = practice;
  const labels = { [NOT_STARTED]: "practice.start", [FINISHED]: "practice.again" };
  const stopped = status === PAUSED || !running;
  setText($("start"), text(labels[status] ?? "practice.resume"));
  setText($("next"), text(isEnough ? "practice.next" : "practice.skip"));
  $("next").classList.toggle("primary", isEnough);
  $("next").dataset.act = isEnough ? "next" : "skip";
  $("start").hidden = !isHere || !stopped;
  $("next").hidden = $("pause").hidden = $("speaking").hidden = !isHere || stopped;
  $("finish").hidden = !isHere || !running;
  $("typed").disabled = !isHere || stopped;
}

function paintSentenceList({ outcomes, at, running }) {
  [...$("sentences").children].forEach((item, index) => {
    const outcome = outcomes[index];
    item.dataset.outcome = outcome;
    setText(item.querySelector(".outcome"), outcome === "open" ? "" : text(`practice.is_${outcome}`));
    if (running && index === at) item.setAttribute("aria-current", "step");
    else item.removeAttribute("aria-current");
  });
}

/** What was done, in figures; nobody is told that they completed what they did not. */
function paintSummary(practice) {
  const isOver = practice.status === FINISHED;
  $("session-summary").hidden = !isOver;
  $("exercise").hidden = isOver;
  if (!isOver) return;
  const { done, skipped, all, feedback, activeMs } = practice;
  const figures = { done: number(done), all: number(all) };
  setText($("summary-title"), text(done === all ? "practice.done_all" : "practice.done_some", figures));
  setText($("summary-done"), text("summary.of", figures));
  setText($("summary-skipped"), number(skipped));
  setText($("summary-minutes"), activeMs < 60_000 ? text("summary.under_a_minute") : number(Math.round(activeMs / 60_000)));
  setText($("summary-feedback"), number(feedback));
}
