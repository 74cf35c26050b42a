/** What comes from the tutor: who it is, feedback now and before, and that nobody is there. */
import { TUTOR_NOT_FOUND } from "../client/contract.js";
import { get } from "../pages/api.js";
import { $, setText, text } from "../pages/page.js";

/** Show the feedback of before. */
export async function loadEarlier(received) {
  try {
    received.showEarlier((await get($("main").dataset.history)).results);
  } catch {
    setText($("no-feedback"), text("feedback.failed"));
  }
}

/** A student whose tutor was taken away practises on, but should know that nobody sees it. */
export function listenForRefusals(client) {
  client.addEventListener("message_error", ({ detail }) => {
    if (detail.code !== TUTOR_NOT_FOUND) return;
    $("note").hidden = false;
    setText($("note"), detail.message);
  });
  client.addEventListener("ack", () => ($("note").hidden = true));
}

/** Show who the tutor is, and each piece of feedback, of which `note()` is told first. */
export function listenForTutor(client, received, note) {
  client.addEventListener("connection_success", ({ detail }) => {
    const who = detail.tutor_name ?? detail.tutor_email;
    $("tutor").hidden = !who;
    setText($("tutor"), text("practice.tutor", { who }));
  });
  client.addEventListener("feedback", ({ detail }) => {
    note();
    received.showNew(detail);
  });
}
