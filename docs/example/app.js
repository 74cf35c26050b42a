import { ClassroomClient, KeptSignIn, newId } from "http://127.0.0.1:8000/static/realtime/client/index.js";

const SERVER = "http://127.0.0.1:8000";
const SENTENCE = "I would like a cup of tea.";
const HELP = { asked: "asked", seen: "your tutor has seen it", answered: "answered", withdrawn: "" };
const $ = (id) => document.getElementById(id);

const signIn = new KeptSignIn({ url: `${SERVER}/api/auth/token/refresh`, storage: sessionStorage });
const client = new ClassroomClient({ url: `${SERVER}/ws/`, token: signIn.token, acks: true, lang: "en" });
const session = newId();

$("sign-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = await fetch(`${SERVER}/api/auth/token`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Accept-Language": "en" },
    body: JSON.stringify(Object.fromEntries(new FormData(event.target))),
  });
  const body = await answer.json();
  if (!answer.ok) return ($("error").textContent = body.detail);
  await signIn.begin(body);
  client.connect();
});

client.addEventListener("state", ({ detail }) => {
  $("state").textContent = detail.state;
  $("error").textContent = detail.error?.message ?? "";
  $("sign-in").hidden = detail.state !== "stopped";
  $("practice").hidden = detail.state === "stopped";
});
client.addEventListener("feedback", ({ detail }) => {
  const item = document.createElement("li");
  item.textContent = `${detail.from_name ?? detail.from}: ${detail.message}`; // text of others is never HTML
  $("feedback").prepend(item);
  client.acknowledge(detail.message_id, "seen");
});
client.addEventListener("help", ({ detail }) => ($("help-state").textContent = HELP[detail.state]));

$("help").addEventListener("click", () => {
  client.askForHelp("How do I say this?").catch((error) => ($("error").textContent = error.message));
});
$("typed").addEventListener("input", ({ target }) => {
  const progress = Math.min(100, Math.round((100 * target.value.length) / SENTENCE.length));
  client.report({ status: "studying", session_id: session, current_sentence: SENTENCE, progress });
});
