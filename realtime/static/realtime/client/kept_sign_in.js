/** Keeps somebody signed in with the tokens of `POST /api/auth/token`: its `token` is for the client. */
import { KeptValue, alone } from "./browser_storage.js";
import { newId } from "./connection/frames.js";
import { isProgramFault } from "./connection/program_faults.js";

const LOCK = "speaktracker.refresh";
const LOCK_MS = 10_000;
const STORE_MS = 2_000; // an app's store may be denied, full, or never answer
const KEY = /^[!-~]{1,128}$/;
const TRIES = 3;
const PAUSE_MS = 1_000;

/** The sign-in is over: it was ended, or its seven days are. */
export class SignedOut extends Error {
  name = "SignedOut";
}

export class KeptSignIn {
  #options;
  #access = null;
  #renewAfter = 0;
  #exchange = null;
  #latest = null; // {refresh, key} as last used here
  #isSaved = true;

  /**
   * Keeps `{refresh, key}` in `storage` (such as `localStorage`) as `name`, for all tabs; or wherever the
   * app keeps secrets, by its own `load()` and `save(state)`. Both may fail: what could not be kept
   * lasts as long as the page. `url` is the refresh call's address.
   */
  constructor({ url = "/api/auth/token/refresh", fetch = globalThis.fetch?.bind(globalThis), ...store }) {
    this.#options = { ...(store.load ? store : storeIn(store)), url, fetch };
  }

  /** Begin with the answer to signing in: `{access, refresh, expires_in}`. */
  async begin(tokens) {
    await this.#save({ refresh: tokens.refresh, key: newId() });
    this.#use(tokens);
  }

  /** An access token with at least half of its life left; rejects with SignedOut when it is over. */
  token = () => {
    if (this.#access && performance.now() < this.#renewAfter) return Promise.resolve(this.#access);
    this.#exchange ??= alone(LOCK, () => this.#refresh(), LOCK_MS).finally(() => (this.#exchange = null));
    return this.#exchange;
  };

  async #refresh() {
    const { refresh, key } = await this.#load();
    // The key is kept before it is used: a call whose answer is lost, with the whole page perhaps, is
    // repeated with it, by any tab, or the server would take it for somebody else's second use.
    await this.#save({ refresh, key });
    const body = await this.#post({ refresh, key });
    await this.#save({ refresh: body.refresh, key: newId() });
    return this.#use(body);
  }

  #use({ access, expires_in: seconds }) {
    this.#access = access;
    this.#renewAfter = performance.now() + seconds * 500;
    return access;
  }

  async #load() {
    // What the store did not take is newer than what it has, and an old token ends the sign-in.
    if (!this.#isSaved) return this.#latest;
    const kept = await inTime(this.#options.load).catch((error) => {
      if (!this.#latest) throw error; // not signed out: the next try may find it
    });
    if (typeof kept?.refresh !== "string" || !kept.refresh) {
      if (this.#latest) return this.#latest;
      throw new SignedOut("no sign-in is kept");
    }
    return { refresh: kept.refresh, key: KEY.test(kept.key) ? kept.key : newId() };
  }

  async #save(state) {
    this.#latest = state;
    this.#isSaved = await inTime(() => this.#options.save(state)).then(() => true, () => false);
  }

  async #post({ refresh, key }, left = TRIES) {
    const { url, fetch } = this.#options;
    const headers = { "Content-Type": "application/json", "Idempotency-Key": key };
    const body = JSON.stringify({ refresh });
    try {
      const answer = await fetch(url, { method: "POST", headers, body });
      if (answer.status === 401) throw new SignedOut("sign in again");
      if (!answer.ok) throw new Error(`the tokens were not refreshed: HTTP ${answer.status}`);
      return await answer.json();
    } catch (error) {
      if (error instanceof SignedOut || isProgramFault(error) || left <= 1) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      return this.#post({ refresh, key }, left - 1);
    }
  }
}

function storeIn({ storage, name = "speaktracker.sign-in" }) {
  if (!storage) throw new TypeError("`storage` is missing, or `load` and `save`");
  const kept = new KeptValue(storage, name, (state) => Boolean(state.refresh));
  return { load: () => kept.read(), save: (state) => kept.write(state) };
}

/** What `work` answers; rejects after STORE_MS. */
function inTime(work) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("the store did not answer")), STORE_MS);
    Promise.resolve().then(work).then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
