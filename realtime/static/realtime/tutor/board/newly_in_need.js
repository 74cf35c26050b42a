/** Who newly needs help: the edges, not the state. Pure: no page here. */
import { NONE } from "../../client/attention.js";

export class NewlyInNeed {
  #inNeed = null; // addresses at the last look; null before the first
  /** Addresses of who newly needs help and was not looked at yet. */
  unseen = new Set();

  /** Look at all rows; answers those that need help and did not before. At the first look nobody is new. */
  look(rows) {
    const inNeed = rows.filter(({ reason }) => reason !== NONE);
    const newly = this.#inNeed ? inNeed.filter(({ email }) => !this.#inNeed.has(email)) : [];
    this.#inNeed = new Set(inNeed.map(({ email }) => email));
    for (const { email } of newly) this.unseen.add(email);
    for (const email of this.unseen) if (!this.#inNeed.has(email)) this.unseen.delete(email);
    return newly;
  }
}
