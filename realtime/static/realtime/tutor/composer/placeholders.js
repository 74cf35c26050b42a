/** Words in a text that stand for something of the student who gets it. Pure. */
const NAMES = { name: "name", sentence: "sentence", 이름: "name", 문장: "sentence" };
const PLACEHOLDER = /\{(name|sentence|이름|문장)\}/g;

/** `template` with what its placeholders stand for; `values` are `{name, sentence}`. */
export function filled(template, values) {
  return template.replace(PLACEHOLDER, (_, name) => values[NAMES[name]]);
}

/** `text` with its placeholders back in what quick replies put there: for others they stand for something else. */
export function unfilled(text, replies) {
  return replies.reduce((left, reply) => left.replaceAll(reply.filled, () => reply.template), text);
}

/** The quick replies that a text still has as they were put there, and that have placeholders. */
export function repliesIn(text, replies) {
  return replies.filter((reply) => reply.filled !== reply.template && text.includes(reply.filled));
}
