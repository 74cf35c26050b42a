/** What a tutor is writing, for each student the whole form; kept in the browser, and nothing of a page here. */
import { KeptValue } from "../../client/browser_storage.js";

const DAY_MS = 24 * 60 * 60 * 1000;
const LASTS_MS = 30 * DAY_MS;
const MOST = 50;
const MOST_CHARACTERS = 4_000;
const MOST_CHOSEN = 1_000;

/** To whom it goes: the student it is written for, some who are chosen, everybody who is in class. */
export const [ONE, SOME, CLASS] = ["one", "some", "class"];

const isText = (value) => typeof value === "string" && value.length <= MOST_CHARACTERS;
const isTexts = (value) => Array.isArray(value) && value.length <= MOST_CHOSEN && value.every(isText);
const isReply = (value) => isText(value?.template) && isText(value?.filled);
const isOneOf = (...values) => (value) => values.includes(value);

/** Each field of a draft: what it is at first, and what counts as one. `session_id` null: whichever the student is in. */
const FIELDS = {
  message: ["", isText],
  message_type: ["text", isOneOf("text", "tts")],
  audio_url: ["", isText],
  speak: [false, (value) => typeof value === "boolean"],
  session_id: [null, (value) => value === null || isText(value)],
  to: [ONE, isOneOf(ONE, SOME, CLASS)],
  chosen: [[], isTexts],
  replies: [[], (value) => Array.isArray(value) && value.length <= MOST && value.every(isReply)],
};

/** A form in which nothing stands. */
export const EMPTY = Object.freeze(Object.fromEntries(Object.entries(FIELDS).map(([name, [first]]) => [name, first])));

/** Whether nothing would be lost with it. */
export function isEmpty({ message, message_type, audio_url, speak, session_id, to }) {
  return !message && message_type === EMPTY.message_type && !audio_url && !speak && session_id === null && to === ONE;
}

function isDraft(value) {
  const isWhole = Object.entries(FIELDS).every(([name, [, isOne]]) => isOne(value?.[name]));
  return isWhole && isText(value.student_email) && Number.isFinite(value.at);
}

export class Drafts {
  #kept;
  #now;

  /** The drafts of the tutor with this address; `area` is where a browser keeps them. */
  constructor(area, email, now = Date.now) {
    this.#kept = new KeptValue(area, `speaktracker.drafts.${email}`, Array.isArray);
    this.#now = now;
  }

  /** What is being written for a student. */
  of(email) {
    return this.#read().find((draft) => draft.student_email === email) ?? EMPTY;
  }

  /** Keep what is being written for a student; the oldest go where there are too many. */
  keep(email, draft) {
    const others = this.#read().filter(({ student_email }) => student_email !== email);
    const own = isEmpty(draft) ? [] : [{ ...EMPTY, ...draft, student_email: email, at: this.#now() }];
    if (own.length || others.length) this.#kept.write([...others, ...own].slice(-MOST));
    else this.#kept.remove();
  }

  /** Whether something is being written for anybody. */
  get isEmpty() {
    return !this.#read().length;
  }

  /** Forget all of them: the next person at this computer is another one. */
  forget() {
    this.#kept.remove();
  }

  // Read each time: another tab may have written meanwhile.
  #read() {
    const oldest = this.#now() - LASTS_MS;
    return (this.#kept.read() ?? []).filter((draft) => isDraft(draft) && draft.at >= oldest);
  }
}
