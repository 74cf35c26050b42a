/** Where a student is in each list, as the browser keeps it; and which list they had open. */
import { KeptValue } from "../client/browser_storage.js";
import { ABSENT_MS, FINISHED } from "./practice.js";

export class KeptPractices {
  #kept;
  #owner;
  #now;

  /** `area` as KeptValue takes it; what another person kept there is not used. */
  constructor(area, owner, now = Date.now) {
    this.#owner = owner;
    this.#now = now;
    this.#kept = new KeptValue(area, `speaktracker.practice:${owner}`, (found) => found?.owner === owner);
  }

  /** The id of the list that was open; undefined where none is known, or it was finished long ago. */
  get list() {
    const id = this.#kept.read()?.list;
    const { status, keptAt } = this.of(id) ?? {};
    const isOver = status === FINISHED && this.#now() - keptAt > ABSENT_MS;
    return Number.isSafeInteger(id) && id >= 0 && !isOver ? id : undefined;
  }

  /** What was kept of the practice of list `id`, whatever it is worth. */
  of(id) {
    return this.#practices()[id] ?? null;
  }

  /** Keep the practice of list `id`, which is open, and of others only what is still offered. */
  write(id, practice, lists) {
    const others = this.#practices();
    const still = lists.filter((one) => others[one.id]).map((one) => [one.id, others[one.id]]);
    const practices = { ...Object.fromEntries(still), [id]: practice };
    this.#kept.write({ owner: this.#owner, list: id, practices });
  }

  #practices() {
    const found = this.#kept.read()?.practices;
    return found && typeof found === "object" ? found : {};
  }
}
