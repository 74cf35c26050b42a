"""What the pages' scripts say, in the reader's language; `{name}` is filled in by the script."""

from django.utils.translation import gettext as _


def student_texts() -> dict[str, str]:
    """Every text the practice page's script may show, by its key there."""
    return _line_texts() | {
        "status.studying": _("Practising"),
        "status.idle": _("Waiting for you"),
        "status.paused": _("Paused"),
        "status.finished": _("Finished"),
        "status.none": _("Not started"),
        "practice.start": _("Start"),
        "practice.resume": _("Go on"),
        "practice.again": _("Practise again"),
        "practice.place": _("Sentence {at} of {all}"),
        "practice.done": _("Well done! All sentences are finished."),
        "feedback.audio": _("Audio feedback"),
        "feedback.listen": _("Listen"),
        "feedback.from": _("from {who}"),
        "feedback.failed": _("Earlier feedback could not be loaded. New feedback still arrives."),
    }


def tutor_texts() -> dict[str, str]:
    """Every text the dashboard's script may show, by its key there."""
    return _line_texts() | {
        "status.studying": _("Practising"),
        "status.idle": _("Idle"),
        "status.paused": _("Paused"),
        "status.finished": _("Finished"),
        "status.never": _("Never practised"),
        "attention.help": _("Needs help"),
        "presence.online": _("Online"),
        "presence.offline": _("Offline"),
        "card.updated": _("Updated {ago}"),
        "card.no_update": _("No update yet"),
        "card.no_sentence": _("No sentence"),
        "card.progress": _("Progress of {name}"),
        "summary": _("{all} students · {online} online · {help} need help"),
        "list.empty": _("You have no students yet. Staff can assign students to you."),
        "list.no_match": _("No student matches this filter."),
        "list.waiting": _("Waiting for the classroom…"),
        "feedback.queued": _("Waiting until the student is online"),
        "feedback.delivered": _("Delivered"),
        "feedback.seen": _("Seen"),
        "feedback.played": _("Listened to"),
        "feedback.sending": _("Sending…"),
        "feedback.unconfirmed": _("Not confirmed yet; it will be delivered again"),
        "feedback.not_sent": _("Not sent: {why}"),
        "feedback.retry": _("Try again"),
        "feedback.audio": _("Audio"),
        "feedback.spoken": _("Read aloud"),
        "feedback.none": _("No feedback for this student yet."),
        "feedback.failed": _("Earlier feedback could not be loaded."),
        "feedback.no_answer": _("The server did not answer."),
        "feedback.signed_out": _("You are signed out. Sign in again."),
    }


def _line_texts() -> dict[str, str]:
    return {
        "line.connecting": _("Connecting…"),
        "line.open": _("Live"),
        "line.waiting": _("Connection lost. Trying again in {seconds} s"),
        "line.offline": _("This device is offline"),
        "line.stopped": _("Disconnected"),
        "stopped.4400": _("The connection was refused. Reload the page."),
        "stopped.4401": _("You are signed out. Sign in again."),
        "stopped.4403": _("This account may not join the classroom. Please ask your school."),
        "stopped.4404": _("You have no tutor yet. Please ask your school, then reload the page."),
        "stopped.4499": _("You were disconnected by staff. Reload the page to come back."),
    }
