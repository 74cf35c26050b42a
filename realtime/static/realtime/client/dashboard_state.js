/** A dashboard's state: every student as last shown. Pure: no page here. */

export class Board {
  /** E-mail address → student, as in the `data` of a dashboard frame. */
  students = new Map();
  /** True once a whole snapshot has come. */
  complete = false;
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

  /** Forget a snapshot whose other parts will never come: the connection broke. */
  interrupted() {
    this.#snapshot = null;
  }

  #take(student) {
    const { student_email: email, version } = student;
    const known = this.students.get(email)?.version ?? this.#gone.get(email) ?? -1;
    if (version < known) return [];
    const { reason, ...kept } = student;
    this.students.set(email, kept);
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
    this.complete = true;
    const missing = [...this.students.keys()].filter((email) => !listed.has(email));
    for (const email of missing) this.students.delete(email);
    return missing;
  }
}
