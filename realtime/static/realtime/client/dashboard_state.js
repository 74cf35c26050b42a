/** A dashboard's state: every student as last shown. Pure: no page here. */
import { ACK_STATES } from "./contract.js";

const FAR = ["queued", ...ACK_STATES]; // how far feedback comes, in order

export class Board {
  /** E-mail address → student, as in the `data` of a dashboard frame. */
  students = new Map();
  /** True once a whole snapshot has come. */
  complete = false;
  /** True while that snapshot is of the connection that stands: nothing was missed since. */
  isCurrent = false;
  #gone = new Map(); // address → version at which a student left the roster
  #snapshot = null; // parts of a snapshot that is still coming: {next, listed}

  /** Take one `dashboard` frame in; returns the addresses that changed. */
  apply(frame) {
    const { action, data } = frame;
    if (action === "broadcast_all") return this.#list(frame);
    if (action === "updates") return data.students.flatMap((student) => this.#take(student));
    if (action === "student_left" && data.reason === "removed") return this.#remove(data);
    return this.#take(data);
  }

  /** Take a `feedback_status` in: the student's last feedback, or how far it has come. */
  advance({ message_id, student_email: email, state, acknowledged }) {
    const known = this.students.get(email);
    if (!known) return [];
    const heard = { message_id, state, acknowledged, timestamp: timeOf(message_id) };
    const last_feedback = latest(known.last_feedback, heard);
    if (last_feedback === known.last_feedback) return [];
    this.students.set(email, { ...known, last_feedback });
    return [email];
  }

  /** Forget a snapshot whose other parts will never come: the connection broke. */
  interrupted() {
    this.#snapshot = null;
    this.isCurrent = false;
  }

  #take(student) {
    const { student_email: email, version } = student;
    const known = this.students.get(email);
    const last_feedback = latest(known?.last_feedback, student.last_feedback);
    if (version < (known?.version ?? this.#gone.get(email) ?? -1)) {
      if (!known || last_feedback === known.last_feedback) return [];
      this.students.set(email, { ...known, last_feedback }); // the state is old, the feedback is not
      return [email];
    }
    const { reason, ...kept } = student;
    this.students.set(email, { ...kept, last_feedback });
    this.#gone.delete(email);
    return [email];
  }

  #remove({ student_email: email, version }) {
    if (version < (this.students.get(email)?.version ?? -1)) return [];
    this.#gone.set(email, version);
    return this.students.delete(email) ? [email] : [];
  }

  #list({ data, part = 1, parts = 1 }) {
    if (part === 1) this.#snapshot = { next: 1, listed: new Set() };
    const snapshot = this.#snapshot;
    if (snapshot?.next !== part) return []; // the beginning of this snapshot was lost
    snapshot.next += 1;
    // A snapshot says who is in the roster now, whatever was said before.
    for (const { student_email: email } of data.students) this.#gone.delete(email);
    const changed = data.students.flatMap((student) => {
      snapshot.listed.add(student.student_email);
      return this.#take(student);
    });
    return part < parts ? changed : [...changed, ...this.#finish(snapshot)];
  }

  #finish({ listed }) {
    this.#snapshot = null;
    this.complete = this.isCurrent = true;
    const missing = [...this.students.keys()].filter((email) => !listed.has(email));
    for (const email of missing) this.students.delete(email);
    return missing;
  }
}

/** The later of two feedbacks, either of which may be missing; of one, what has come further. */
function latest(known, heard) {
  if (!known || !heard) return heard ?? known ?? null;
  if (heard.message_id !== known.message_id) return heard.message_id > known.message_id ? heard : known;
  const steps = (FAR.indexOf(heard.state) - FAR.indexOf(known.state)) || Number(heard.acknowledged ?? 0) - Number(known.acknowledged ?? 0);
  return steps > 0 ? { ...heard, acknowledged: heard.acknowledged || known.acknowledged } : known;
}

/** When a message was made, which its UUIDv7 says. */
function timeOf(messageId) {
  return new Date(Number.parseInt(messageId.replaceAll("-", "").slice(0, 12), 16)).toISOString();
}
