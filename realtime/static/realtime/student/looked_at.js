/** Notices which elements a person could look at: on the screen, for a moment, in a window that shows. */
const STOOD_MS = 500;
const PART = 0.5; // of the element, or of the screen where it is larger

/** Whether enough of `rect` stands in `view` ({left, top, width, height}). Pure. */
export function standsIn(rect, view) {
  const across = Math.min(rect.right, view.left + view.width) - Math.max(rect.left, view.left);
  const down = Math.min(rect.bottom, view.top + view.height) - Math.max(rect.top, view.top);
  return across > 0 && down >= PART * Math.min(rect.bottom - rect.top, view.height) && down > 0;
}

/** What a person sees of the page: without what the keyboard or a magnified view hides. */
function visibleArea() {
  const { offsetLeft: left, offsetTop: top, width, height } = globalThis.visualViewport
    ?? { offsetLeft: 0, offsetTop: 0, width: innerWidth, height: innerHeight };
  return { left, top, width, height };
}

/** Whether `element` stands where a person could see it, once the window shows. */
export const isOnScreen = (element) => standsIn(element.getBoundingClientRect(), visibleArea());

const isShown = (element) => document.visibilityState === "visible" && isOnScreen(element);

export class LookedAt {
  #waiting = new Map(); // elements nobody looked at yet, and the timer of each that stands on the screen
  #onLook;
  #observer = new IntersectionObserver(() => this.#check(), { threshold: [0, 0.25, 0.5, 0.75, 1] });

  /** `onLook(element)` is called once for each. */
  constructor(onLook) {
    this.#onLook = onLook;
    const check = () => this.#check();
    document.addEventListener("visibilitychange", check);
    addEventListener("scroll", check, { passive: true });
    for (const type of ["resize", "scroll"]) globalThis.visualViewport?.addEventListener(type, check);
  }

  watch(element) {
    if (this.#waiting.has(element)) return;
    this.#waiting.set(element, 0);
    this.#observer.observe(element);
    this.#check();
  }

  /** Somebody says so. */
  note(element) {
    if (!this.#waiting.has(element)) return;
    clearTimeout(this.#waiting.get(element));
    this.#waiting.delete(element);
    this.#observer.unobserve(element);
    this.#onLook(element);
  }

  #check() {
    for (const [element, timer] of this.#waiting) {
      if (isShown(element) === Boolean(timer)) continue;
      clearTimeout(timer);
      const started = timer ? 0 : setTimeout(() => this.#stood(element), STOOD_MS);
      this.#waiting.set(element, started);
    }
  }

  #stood(element) {
    if (isShown(element)) this.note(element);
    else this.#waiting.set(element, 0);
  }
}
