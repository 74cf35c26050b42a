/** Reads feedback aloud, each piece once, in whichever tab gets there first. */
const KEPT = 200;
const KEY = "speaktracker.spoken";

/** Whether `id` was not read aloud yet, and note that it is now. Two tabs read once. */
export async function claim(id) {
  const take = () => {
    const spoken = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    if (spoken.includes(id)) return false;
    localStorage.setItem(KEY, JSON.stringify([...spoken, id].slice(-KEPT)));
    return true;
  };
  return navigator.locks ? navigator.locks.request(KEY, take) : take();
}

/** Read `message` aloud; calls `done` at its end. */
export function speak(message, done) {
  if (!globalThis.speechSynthesis) return;
  const utterance = new SpeechSynthesisUtterance(message);
  utterance.lang = /[\u3131-\u318e\uac00-\ud7a3]/.test(message) ? "ko-KR" : "en-US";
  utterance.onend = done;
  speechSynthesis.speak(utterance);
}
