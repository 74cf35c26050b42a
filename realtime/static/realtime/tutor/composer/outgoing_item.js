/** Feedback to one student, made of what stands in the form. */
import { newId } from "../../client/client.js";
import { text } from "../../pages/page.js";
import { nameOf } from "../card_order.js";
import { sessionOf } from "./composer_form.js";
import { filled } from "./placeholders.js";

const GIVEN = ["student_email", "session_id", "message", "message_type", "audio_url", "speak"];

/** What `draft` is for `student`; with the id of its batch where it goes to several. */
export function itemFor(student, draft, batch) {
  const { message_type } = draft;
  return {
    student_email: student.student_email,
    session_id: draft.session_id ?? sessionOf(student),
    message: filled(draft.message, valuesOf(student)),
    message_type,
    ...(message_type === "tts" ? { audio_url: draft.audio_url } : { speak: draft.speak }),
    ...(batch && { batch, template: draft.message }),
    key: newId(),
    timestamp: new Date().toISOString(),
  };
}

/** What the API is given of an item. */
export function bodyOf(item) {
  return Object.fromEntries(GIVEN.filter((field) => item[field] !== undefined).map((field) => [field, item[field]]));
}

/** What placeholders stand for. */
export function valuesOf(student) {
  return { name: nameOf(student), sentence: student.current_sentence || text("composer.this_sentence") };
}
