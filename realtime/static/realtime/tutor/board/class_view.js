/**
 * The class as a tutor sees it: cards in order, counts, chips, and who newly needs help. Work that belongs
 * to an update is done per frame for what changed; what belongs to a second is done once a second.
 */
import { NONE, REASONS } from "../../client/attention.js";
import { $, LOCALE, number, setText, text } from "../../pages/page.js";
import { countsOf, inOrder, NO_FILTER, OFFLINE, passes, Rows, STATES } from "../card_order.js";
import { Cards } from "../cards.js";
import { FilterChips } from "./filter_chips.js";
import { ListHold } from "./list_hold.js";
import { NewlyInNeed } from "./newly_in_need.js";

const PLURAL = new Intl.PluralRules(LOCALE);
const BY_ALPHABET = new Intl.Collator(LOCALE, { numeric: true }).compare;
const PAINT_MS = 8; // of a frame; what is left is painted in the next one
const PAUSE_MS = 100; // between two frames that paint: each lays the whole list out, and nobody reads faster

export class ClassView {
  #board;
  #view;
  #asOf;
  #rows;
  #all = []; // the rows of the last look, in order
  #due = new Set(); // addresses whose cards are painted with the next frames
  #isFrameAsked = false;
  #paintedAt = -Infinity;
  #hold = new ListHold($("class-lists"));
  #newly = new NewlyInNeed();
  #chips;
  cards;

  /** `view` is the KeptView, `minutes` those of attention, `asOf()` the time up to which anything is known. */
  constructor({ board, view, minutes, asOf, choose }) {
    this.#board = board;
    this.#view = view;
    this.#asOf = asOf;
    this.#rows = new Rows(LOCALE, minutes);
    this.cards = new Cards(choose);
    const chips = (name) => new FilterChips($(`chips-${name}`), name, view.get(name), (values) => this.#filter({ [name]: values }));
    this.#chips = { states: chips("states"), reasons: chips("reasons"), groups: chips("groups") };
    this.#fillFields();
    $("search").addEventListener("input", () => this.#filter({ text: $("search").value }));
    $("order").addEventListener("input", () => this.#filter({ order: $("order").value }));
    $("clear-filter").addEventListener("click", () => this.#clear());
    this.#keepFold($("filters"), "areFiltersOpen");
    this.#keepFold($("offline-fold"), "isOfflineOpen");
  }

  /** Who needs help, in order of urgency. */
  get inNeed() {
    return inOrder(this.#all.filter(({ reason }) => reason !== NONE), "attention");
  }

  /** These students changed: their cards follow with the next frame. */
  note(emails) {
    for (const email of emails) this.#due.add(email);
    if (this.#due.size) this.#askFrame();
  }

  /** Count, sort and move what the time or an update changed; answers the rows that newly need help. */
  look(isLive) {
    const now = this.#asOf();
    this.#all = this.#rows.of(this.#board.students.values(), now);
    this.cards.isStale = !isLive;
    this.note(this.#all.filter((row) => this.cards.isDue(row, now)).map(({ email }) => email));
    this.#count();
    const newly = isLive ? this.#newly.look(this.#all) : [];
    if (!this.#hold.isHeld) this.arrange();
    this.#offer();
    return newly;
  }

  /** Put the cards in order, whoever holds the list. */
  arrange() {
    const shown = this.#all.filter((row) => passes(row, this.#view.filter));
    const ordered = inOrder(shown, this.#view.get("order"));
    const [online, offline] = [[], []];
    for (const row of ordered) (row.state === OFFLINE ? offline : online).push(row);
    this.cards.keepOnly(this.#board.students);
    this.cards.arrange(online, offline);
    this.#fold(online.length, offline.length);
    this.#sayEmpty(ordered.length);
  }

  /** Show those who newly need help: in their places, past any filter. */
  show() {
    const emails = [...this.#newly.unseen];
    this.#newly.unseen.clear();
    this.#hold.release();
    if (this.#all.some((row) => emails.includes(row.email) && !passes(row, this.#view.filter))) this.#clear();
    this.arrange();
    this.#offer();
    const first = this.inNeed.find(({ email }) => emails.includes(email));
    this.goTo(first?.email);
  }

  /** Bring a student's card into sight, and the focus to it. */
  goTo(email) {
    const card = this.cards.element(email);
    card?.closest("details")?.setAttribute("open", "");
    card?.scrollIntoView({ block: "nearest" });
    card?.querySelector(".choose").focus({ preventScroll: true });
  }

  #askFrame() {
    if (this.#isFrameAsked) return;
    this.#isFrameAsked = true;
    const pause = this.#paintedAt + PAUSE_MS - performance.now();
    const ask = () => requestAnimationFrame(() => this.#paint());
    if (pause > 0) setTimeout(ask, pause);
    else ask();
  }

  #paint() {
    this.#isFrameAsked = false;
    this.#paintedAt = performance.now();
    const [now, end] = [this.#asOf(), performance.now() + PAINT_MS];
    for (const email of this.#due) {
      this.#due.delete(email);
      const student = this.#board.students.get(email);
      if (student) this.cards.paint(this.#rows.of([student], now)[0], now);
      if (performance.now() > end) break;
    }
    if (this.#due.size) this.#askFrame();
  }

  #count() {
    const counts = countsOf(this.#all);
    this.#chips.states.show(STATES, counts.states);
    this.#chips.reasons.show(REASONS, counts.reasons);
    this.#chips.groups.show([...counts.groups.keys()].sort(BY_ALPHABET), counts.groups);
    const all = this.#all.length;
    const online = number(all - (counts.states.get(OFFLINE) ?? 0));
    const help = number(all - (counts.reasons.get(NONE) ?? 0));
    setText($("summary"), all ? text("summary", { all: number(all), online, help }) : "");
  }

  /** Offer to show who newly needs help and is not in sight. */
  #offer() {
    const { unseen } = this.#newly;
    if (!this.#hold.isHeld) for (const email of unseen) if (isInSight(this.cards.element(email))) unseen.delete(email);
    $("newly").hidden = !unseen.size;
    if (unseen.size) setText($("newly"), text(`list.newly_${PLURAL.select(unseen.size)}`, { count: number(unseen.size) }));
  }

  #fold(online, offline) {
    const { text: words, states } = this.#view.filter;
    const isAsked = !online || Boolean(words.trim()) || states.includes(OFFLINE);
    $("offline-fold").hidden = !offline;
    $("offline-fold").open = this.#view.get("isOfflineOpen") ?? isAsked;
    setText($("offline-count"), number(offline));
  }

  #sayEmpty(shown) {
    const why = this.#board.students.size ? "list.no_match" : "list.empty";
    $("empty").hidden = shown > 0;
    setText($("empty"), text(this.#board.complete ? why : "list.waiting"));
  }

  #filter(parts) {
    this.#view.set(parts);
    this.#showFilter();
    this.arrange();
  }

  #clear() {
    for (const chips of Object.values(this.#chips)) chips.clear();
    this.#view.set(NO_FILTER);
    this.#fillFields();
    this.arrange();
  }

  #fillFields() {
    $("search").value = this.#view.get("text");
    $("order").value = this.#view.get("order");
    this.#showFilter();
  }

  #showFilter() {
    const { text: words, ...chosen } = this.#view.filter;
    const active = Object.values(chosen).flat().length;
    setText($("filter-count"), active ? text("filter.active", { count: number(active) }) : "");
    $("clear-filter").hidden = !active && !words;
  }

  /** A fold stays as the tutor left it; until they have, the page decides. */
  #keepFold(fold, name) {
    if (this.#view.get(name) !== null) fold.open = this.#view.get(name);
    fold.firstElementChild.addEventListener("click", () => this.#view.set({ [name]: !fold.open }));
  }
}

function isInSight(element) {
  const box = element?.getBoundingClientRect();
  return Boolean(box?.height) && box.top >= 0 && box.bottom <= innerHeight;
}
