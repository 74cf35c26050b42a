/** What a client may say besides a student's status, each as one message with its answer. */

/** The base of the client, which has the `request` that sends a message. */
export class ClassroomMessages extends EventTarget {
  /** Ask for the whole dashboard again. */
  refresh() {
    return this.request({ type: "dashboard", action: "refresh" });
  }

  /** Give feedback over the socket; resolves with how far it came. Repeat with the same `message_id`. */
  giveFeedback(feedback) {
    return this.request({ type: "feedback", ...feedback });
  }

  /** A student asks their tutor for help, with a `note` of up to 200 characters if they like. */
  askForHelp(note = "") {
    return this.request({ type: "help", action: "ask", ...(note && { note }) });
  }

  /** A student no longer needs help. */
  withdrawHelp() {
    return this.request({ type: "help", action: "withdraw" });
  }

  /** A tutor has seen that a student asks for help. */
  helpSeen(studentEmail) {
    return this.request({ type: "dashboard", action: "help_seen", student_email: studentEmail });
  }
}
