/** A program of another team that uses all of the client; it only has to compile. */
import {
  Board,
  ClassroomClient,
  ClassroomError,
  KeptSignIn,
  KeptValue,
  SignedOut,
  VERSION,
  newId,
  type ClientState,
  type FeedbackFrame,
  type StudentData,
} from "speaktracker-client";

const signIn = new KeptSignIn({ url: "https://class.example.com/api/auth/token/refresh", storage: localStorage, fetch });
const elsewhere = new KeptSignIn({ load: async () => ({ refresh: "r" }), save: () => {} });
await elsewhere.begin({ access: "a", refresh: "r", expires_in: 900 });

const client = new ClassroomClient({
  url: "wss://class.example.com/ws/",
  token: signIn.token,
  acks: true,
  lang: "ko",
  WebSocket,
});
client.addEventListener("feedback", ({ detail }) => {
  const feedback: FeedbackFrame = detail;
  client.acknowledge(feedback.message_id, feedback.speak ? "played" : "seen");
});
client.addEventListener("state", ({ detail }) => {
  const state: ClientState = detail.state;
  const seconds: number = ((detail.retryAt ?? 0) - Date.now()) / 1000;
  console.log(state, seconds, detail.error?.message, detail.error instanceof SignedOut);
});
client.addEventListener("error", (event) => event.detail.message.trim());
client.addEventListener("help", ({ detail }) => console.log(detail.state === "answered"));
client.connect();
client.report({ status: "studying", session_id: newId(), current_sentence: "Hello", progress: 45 });
try {
  await client.askForHelp("How is this said?");
  await client.withdrawHelp();
  await client.helpSeen("student@example.com");
  const answer = await client.giveFeedback({
    student_email: "student@example.com",
    session_id: "s",
    message: "Good",
    message_type: "text",
  });
  console.log(answer.type === "feedback_status" ? answer.acknowledged : answer.queued);
} catch (error) {
  if (error instanceof ClassroomError) console.log(error.code, error.frame?.retry_after_ms);
}

const board = new Board();
client.addEventListener("dashboard", ({ detail }) => {
  const changed: (StudentData | undefined)[] = board.apply(detail).map((email) => board.students.get(email));
  for (const student of changed) console.log(student?.help?.note, student?.group, student?.progress.toFixed(0));
});
const kept = new KeptValue<{ at: number }>("sessionStorage", "place", (value) => "at" in value);
console.log(kept.read()?.at, VERSION);

// @ts-expect-error a status that the server does not know
client.report({ status: "sleeping", session_id: "s" });
// @ts-expect-error a token that is no function
new ClassroomClient({ token: "t.o.k" });
// @ts-expect-error a store without a way to read it
new KeptSignIn({ save: () => {} });
