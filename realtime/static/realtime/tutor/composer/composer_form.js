/** The fields of the composer, as a draft and back, with what is wrong said at each. */
import { $ } from "../../pages/page.js";
import { EMPTY } from "./drafts.js";

/** Field of the API → ids of its control and of the place for what is wrong with it. */
const FIELDS = {
  message: ["message", "message-error"],
  audio_url: ["audio-url", "audio-url-error"],
  session_id: ["session", "session-error"],
  speak: ["speak", "speak-error"],
};
const OTHER = "composer-error";
const NO_SESSION = "general";

export const sessionOf = (student) => student.session_id ?? NO_SESSION;

export class ComposerForm {
  #form = $("feedback-form");
  #session = NO_SESSION; // the student's own, which goes along with them

  /** `changed()` is called when somebody changed a field. */
  constructor(changed) {
    for (const type of ["input", "change"]) {
      this.#form.addEventListener(type, ({ target }) => {
        this.#showKind();
        clearError(target);
        changed();
      });
    }
  }

  /** The fields as a draft has them. */
  read() {
    const session = $("session").value.trim();
    return {
      message: $("message").value,
      message_type: this.#form.elements.message_type.value,
      audio_url: $("audio-url").value,
      speak: $("speak").checked,
      session_id: session && session !== this.#session ? session : null,
    };
  }

  /** Show a draft for `student`, and what was wrong with it. */
  write(draft, student, errors = null) {
    this.#session = sessionOf(student);
    $("message").value = draft.message;
    this.#form.elements.message_type.value = draft.message_type;
    $("audio-url").value = draft.audio_url;
    $("speak").checked = draft.speak;
    $("session").value = draft.session_id ?? this.#session;
    $("more").open ||= draft.message_type !== EMPTY.message_type || draft.session_id !== null;
    this.#showKind();
    for (const [id] of Object.values(FIELDS)) clearError($(id));
    showErrors(errors ?? {});
  }

  /** Follow the student into another session, unless somebody wrote one. */
  follow(student) {
    const isOwn = $("session").value === this.#session;
    this.#session = sessionOf(student);
    if (isOwn && $("session").value !== this.#session && document.activeElement !== $("session")) $("session").value = this.#session;
  }

  #showKind() {
    const isAudio = this.#form.elements.message_type.value === "tts";
    $("audio-choice").hidden = $("audio-url").disabled = !isAudio;
    $("speak-choice").hidden = isAudio;
  }
}

/** Say at each field what is wrong with it, and go to the first; what is of none stands below. */
function showErrors(errors) {
  const others = Object.keys(errors).filter((name) => !Object.hasOwn(FIELDS, name));
  showAt(OTHER, others.map((name) => errors[name]).join(" "));
  for (const [name, [id, place]] of Object.entries(FIELDS).reverse()) {
    if (!errors[name]) continue;
    $(id).setAttribute("aria-invalid", "true");
    showAt(place, errors[name]);
    if ($("more").contains($(id))) $("more").open = true;
    $(id).focus();
  }
}

function clearError(control) {
  const [id, place] = Object.values(FIELDS).find(([each]) => each === control.id) ?? [];
  if (!id) return;
  control.removeAttribute("aria-invalid");
  showAt(place, "");
  showAt(OTHER, "");
}

function showAt(place, words) {
  $(place).textContent = words;
  $(place).hidden = !words;
}
