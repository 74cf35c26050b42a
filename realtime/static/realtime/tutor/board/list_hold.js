/**
 * Whether somebody has a list in hand, so that nothing may slip away under it: a hand moves or presses
 * over it, or a field in it has the focus. A pointer that only rests there holds nothing.
 */
const MOVED_MS = 1_000;
const FIELDS = "input, textarea, select, [contenteditable]";

export class ListHold {
  #list;
  #until = 0;
  #isPressed = false;
  #at = "";

  constructor(list) {
    this.#list = list;
    const passive = { passive: true };
    // The browser says "moved" as well where it is the list that moved under a pointer at rest.
    list.addEventListener("pointermove", (event) => this.#move(`${event.screenX} ${event.screenY}`));
    list.addEventListener("wheel", () => this.#extend(), passive);
    list.addEventListener("touchmove", () => this.#extend(), passive);
    list.addEventListener("keydown", () => this.#extend());
    list.addEventListener("pointerdown", () => this.#press(true));
    for (const type of ["pointerup", "pointercancel", "blur"]) addEventListener(type, () => this.#press(false));
  }

  /** True while the list is in somebody's hand. */
  get isHeld() {
    if (this.#isPressed || performance.now() < this.#until) return true;
    const active = document.activeElement;
    return this.#list.contains(active) && active.matches(FIELDS);
  }

  /** It is in nobody's hand: somebody asked for its order. */
  release() {
    this.#until = 0;
    this.#isPressed = false;
  }

  #move(at) {
    if (at === this.#at) return;
    this.#at = at;
    this.#extend();
  }

  #press(isPressed) {
    if (this.#isPressed && !isPressed) this.#extend();
    this.#isPressed = isPressed;
  }

  #extend() {
    this.#until = performance.now() + MOVED_MS;
  }
}
