/** A program in Node: a student and a tutor, by the client as npm has it. Arguments: the server, two addresses, and `ws`. */
import { once } from "node:events";
import { Board, ClassroomClient, KeptSignIn, VERSION, newId } from "speaktracker-client";

const [server, studentEmail, tutorEmail, extra] = process.argv.slice(2);
const WebSocket = extra === "ws" ? (await import("ws")).WebSocket : globalThis.WebSocket;
const kept = new Map();
const storage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value), removeItem: (key) => kept.delete(key) };

async function signedIn(email, options) {
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify({ email, password: "demo-password" });
  const answer = await fetch(`${server}/api/auth/token`, { method: "POST", headers, body });
  const signIn = new KeptSignIn({ url: `${server}/api/auth/token/refresh`, storage, name: email, fetch });
  await signIn.begin(await answer.json());
  const client = new ClassroomClient({ url: `${server}/ws/`, token: signIn.token, WebSocket, ...options });
  client.connect();
  await once(client, "connection_success");
  return client;
}

/** What `read` finds in a frame of the type, once it finds something. */
function comes(client, type, read) {
  return new Promise((resolve) => client.addEventListener(type, ({ detail }) => read(detail) && resolve(read(detail))));
}

const tutor = await signedIn(tutorEmail, { batch: true });
const board = new Board();
const shown = (read) => comes(tutor, "dashboard", (frame) => board.apply(frame).includes(studentEmail) && read(board.students.get(studentEmail)));
const student = await signedIn(studentEmail, { acks: true });

const practising = shown(({ progress }) => progress === 45);
student.report({ status: "studying", session_id: newId(), current_sentence: "Hello", progress: 45 });
await practising;

const note = shown(({ help }) => help?.note);
const asked = comes(student, "help", ({ state }) => state === "asked");
await student.askForHelp("How is this said?");
await asked;
console.log("the tutor reads:", await note);

const seen = comes(student, "help", ({ state }) => state === "seen");
await tutor.helpSeen(studentEmail);
await seen;

const answered = comes(student, "help", ({ state }) => state === "answered");
const said = comes(student, "feedback", ({ message }) => message);
const acknowledged = comes(tutor, "feedback_status", ({ acknowledged: known }) => known);
await tutor.giveFeedback({ student_email: studentEmail, session_id: "s", message: "Like this.", message_type: "text" });
console.log("the student reads:", await said);
await answered;
await acknowledged;

for (const client of [student, tutor]) client.close();
console.log("done, by", VERSION);
