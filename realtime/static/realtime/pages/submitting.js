/**
 * When a key means "submit": never while an input method still owns the key, or a part of the text.
 * With Korean the last syllable is nearly always still being composed when somebody sends.
 */
const ENTER = new Set(["Enter", "NumpadEnter"]);
const MODIFIER = /^(Control|Meta|Shift|Alt)/;

/** Whether the input method takes this key for itself. */
export function isComposing(event) {
  // Safari ends the composition before the Enter that ended it, and says so by this code alone.
  return event.isComposing || event.keyCode === 229;
}

/** Call `act` on Enter in `field`. */
export function onEnter(field, act) {
  field.addEventListener("keydown", (event) => isEnter(event) && !isComposing(event) && act());
}

/** Call `act` on Escape within `target`, unless an input method or somebody else took it. */
export function onEscape(target, act) {
  target.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented && !isComposing(event)) act(event);
  });
}

/**
 * The character of a key that means itself alone, in lower case; where a layout's letters are others, such
 * as Korean, that of its place. Empty with a modifier, or while an input method owns the key.
 */
export function characterOf(event) {
  if (isComposing(event) || event.ctrlKey || event.metaKey || event.altKey) return "";
  return (/^[ -~]$/.test(event.key) ? event.key : event.code.replace("Key", "")).toLowerCase();
}

/**
 * Call `act` when `form` is submitted: by its button, by Enter in an <input>, or by Ctrl or Cmd with
 * Enter anywhere in it. What is being composed then is waited for, so that the text is whole.
 */
export function onSubmit(form, act) {
  const decision = new Decision(form, act);
  for (const type of ["keydown", "compositionstart", "compositionend", "focusout", "submit"]) {
    form.addEventListener(type, decision);
  }
  return decision;
}

/** The decision to submit a form, which may have to wait for the end of a composition. */
class Decision {
  #form;
  #act;
  #composing = null; // the field in which something is being composed
  #asked = false;
  #timer = 0;

  constructor(form, act) {
    this.#form = form;
    this.#act = act;
  }

  /** End what is being composed, and submit now if that was asked for: the form turns to something else. */
  conclude() {
    this.#composing?.blur();
    if (this.#asked) this.#form.requestSubmit();
  }

  handleEvent(event) {
    this[event.type](event);
  }

  keydown(event) {
    if (MODIFIER.test(event.key) || MODIFIER.test(event.code)) return;
    const asks = isEnter(event) && (event.ctrlKey || event.metaKey);
    if (!isComposing(event)) {
      this.#forget();
      if (asks) this.#form.requestSubmit();
    } else if (asks && (event.isComposing || this.#composing)) this.#ask(event.target);
    else {
      this.#forget(); // somebody writes on
      // To confirm what was composed is not to submit it. In a <textarea> Enter submits nothing.
      if (isEnter(event) && event.target.tagName === "INPUT") event.preventDefault();
    }
  }

  compositionstart({ target }) {
    this.#composing = target;
  }

  compositionend() {
    this.#composing = null;
    clearTimeout(this.#timer);
    // Not at once: the browser may not have done with the text, and macOS says the key once more.
    if (this.#asked) this.#timer = setTimeout(() => this.#form.requestSubmit());
  }

  focusout() {
    if (this.#composing) this.compositionend(); // not every browser ends a composition that it drops
  }

  submit(event) {
    event.preventDefault();
    if (this.#composing) this.#ask(this.#composing);
    else {
      this.#forget();
      this.#act();
    }
  }

  #ask(field) {
    // An input method that leaves it open is made to end by asking twice.
    if (this.#asked) [field.blur(), field.focus()];
    this.#asked = true;
  }

  #forget() {
    clearTimeout(this.#timer);
    this.#asked = false;
  }
}

// By the code too: while composing, Windows calls every key "Process".
function isEnter({ key, code }) {
  return ENTER.has(key) || ENTER.has(code);
}
