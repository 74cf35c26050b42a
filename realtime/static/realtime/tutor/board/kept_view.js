/** How a tutor left their dashboard, kept in the browser: it comes back so after a reload or another day. */
import { KeptValue } from "../../client/browser_storage.js";
import { NO_FILTER, ORDERS } from "../card_order.js";

const isText = (value) => typeof value === "string";
const isTexts = (value) => Array.isArray(value) && value.every(isText);
const isFlag = (value) => typeof value === "boolean";
const isFlagOrNull = (value) => value === null || isFlag(value);

/** Each part with what it is at first, and what counts as one; others are forgotten, one by one. */
const PARTS = {
  chosen: ["", isText],
  order: [ORDERS[0], (value) => ORDERS.includes(value)],
  text: [NO_FILTER.text, isText],
  states: [NO_FILTER.states, isTexts],
  reasons: [NO_FILTER.reasons, isTexts],
  groups: [NO_FILTER.groups, isTexts],
  areFiltersOpen: [null, isFlagOrNull],
  isOfflineOpen: [null, isFlagOrNull],
  sound: [false, isFlag],
  notifications: [false, isFlag],
  singleKeys: [true, isFlag],
};
const OF_PEOPLE = ["chosen", "text", "groups"];

export class KeptView {
  #kept;
  #parts;

  /** The view of the tutor with this address; another one at the same computer has their own. */
  constructor(email) {
    this.#kept = new KeptValue("localStorage", `speaktracker.board.${email}`, (value) => value !== null && typeof value === "object");
    const kept = this.#kept.read() ?? {};
    const part = ([name, [usual, isOne]]) => [name, isOne(kept[name]) ? kept[name] : usual];
    this.#parts = Object.fromEntries(Object.entries(PARTS).map(part));
  }

  get(name) {
    return this.#parts[name];
  }

  /** Keep these parts as they are now. */
  set(parts) {
    Object.assign(this.#parts, parts);
    this.#kept.write(this.#parts);
  }

  /** The filter as `passes` takes it. */
  get filter() {
    const { text, states, reasons, groups } = this.#parts;
    return { text, states, reasons, groups };
  }

  /** Forget whatever names somebody: the next person at this computer may be another one. */
  forgetPeople() {
    this.set(Object.fromEntries(OF_PEOPLE.map((name) => [name, PARTS[name][0]])));
  }
}
