/** The choice of a list, where there are several. */
import { $, number, setText, text } from "../pages/page.js";
import { languageOf } from "./read_aloud.js";

/** Have `choose(id)` called for the list that a student chooses. */
export function onChoice(choose) {
  $("list").addEventListener("change", ({ target }) => choose(Number(target.value)));
}

/** Show the lists of `offer`, and which one is chosen; `isFree` tells whether another one may be. */
export function paintChoice({ lists, chosen }, isFree) {
  const shown = lists.map(({ id, title, count }) => `${id} ${text("list.option", { title, count: number(count) })}`);
  if ($("list").dataset.shown !== shown.join("\n")) {
    $("list").replaceChildren(...lists.map(optionOf));
    $("list").dataset.shown = shown.join("\n");
  }
  $("list").value = String(chosen.id);
  $("list").disabled = !isFree;
  $("list-choice").hidden = lists.length < 2;
  $("list-title").hidden = lists.length > 1;
  $("list-title").lang = languageOf(chosen.title);
  setText($("list-title"), chosen.title);
}

function optionOf({ id, title, count }) {
  const option = new Option(text("list.option", { title, count: number(count) }), String(id));
  option.lang = languageOf(title);
  return option;
}

/** Say, or no longer say, that a list could not be loaded. */
export function sayOfList(key) {
  $("list-said").hidden = !key;
  setText($("list-said"), key && text(key));
}
