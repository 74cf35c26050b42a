/** Quick replies: the school's and the tutor's own; a press writes one into the text, and sends nothing. */
import { add, get, remove } from "../../pages/api.js";
import { $, setText, text } from "../../pages/page.js";

const PATH = "/api/tutor/quick-replies";

export class QuickReplies {
  #insert;
  #template;

  /** `insert(template)` writes one into the text; `template()` is the text as others may use it. */
  constructor(insert, template) {
    this.#insert = insert;
    this.#template = template;
    $("save-reply").addEventListener("click", () => this.#save());
    this.#load();
  }

  async #load() {
    try {
      const { results } = await get(PATH);
      $("quick-replies").replaceChildren(...results.map((reply) => this.#item(reply)));
    } catch {
      this.#say(text("replies.not_loaded"));
    }
  }

  async #save() {
    const template = this.#template().trim();
    if (!template) return this.#say(text("replies.nothing"));
    try {
      await add(PATH, { text: template });
      this.#say(text("replies.saved"));
      await this.#load();
    } catch (error) {
      this.#say(error.message || text("replies.not_saved"));
    }
  }

  async #remove({ id }, item) {
    try {
      await remove(`${PATH}/${id}`);
    } catch (error) {
      if (error.status !== 404) return this.#say(error.message || text("replies.not_deleted"));
    }
    (item.nextElementSibling?.querySelector("button") ?? $("save-reply")).focus();
    item.remove();
    this.#say(text("replies.deleted"));
  }

  #item(reply) {
    const item = document.createElement("li");
    const use = Object.assign(document.createElement("button"), { type: "button", className: "reply", textContent: reply.text });
    use.addEventListener("click", () => this.#insert(reply.text));
    item.append(use);
    if (reply.is_own) {
      const label = text("replies.delete", { text: reply.text });
      const gone = Object.assign(document.createElement("button"), { type: "button", className: "delete-reply", textContent: "×", title: label });
      gone.setAttribute("aria-label", label);
      gone.addEventListener("click", () => this.#remove(reply, item));
      item.append(gone);
    }
    return item;
  }

  #say(words) {
    setText($("replies-note"), words);
  }
}
