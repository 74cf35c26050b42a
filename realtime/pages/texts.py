"""What the pages' scripts say, in the reader's language; `{name}` is filled in by the script."""

from django.utils.translation import gettext as _

from realtime.pages.loan_texts import loan_texts
from realtime.pages.student_texts import help_texts, practice_texts, received_texts, voice_texts


def student_texts() -> dict[str, str]:
    """Every text the practice page's script may show, by its key there."""
    return _line_texts() | practice_texts() | received_texts() | help_texts() | voice_texts()


def tutor_texts() -> dict[str, str]:
    """Every text the dashboard's script may show, by its key there."""
    return (
        _line_texts()
        | _board_texts()
        | _composer_texts()
        | loan_texts()
        | _reply_texts()
        | {
            "status.studying": _("Practising"),
            "status.idle": _("Idle"),
            "status.paused": _("Paused"),
            "status.finished": _("Finished"),
            "status.never": _("Never practised"),
            "feedback.queued": _("Waiting until the student is online"),
            "feedback.sent": _("Sent"),
            "feedback.delivered": _("Delivered"),
            "feedback.seen": _("Seen"),
            "feedback.played": _("Listened to"),
            "feedback.unconfirmed": _("Not confirmed yet; it will be delivered again"),
            "feedback.audio": _("Audio"),
            "feedback.spoken": _("Read aloud"),
            "feedback.none": _("No feedback for this student yet."),
            "feedback.failed": _("Earlier feedback could not be loaded."),
        }
    )


def _board_texts() -> dict[str, str]:
    return {
        "line.live": _("Live"),
        "line.reconnecting": _("Reconnecting…"),
        "line.stale": _("Stale since {time}"),
        "line.retry": _("trying again in {seconds} s"),
        "time.under_a_minute": _("<1 min"),
        "reason.help": _("asks for help · {time}"),
        "reason.idle": _("idle {time}"),
        "reason.stuck": _("no progress for {time}"),
        "reason.paused": _("paused {time}"),
        "reason.unvisited": _("no feedback for {time}"),
        "presence.offline": _("Offline"),
        "card.no_sentence": _("No sentence"),
        "card.progress": _("Progress of {name}"),
        "card.skipped": _("{count} skipped"),
        "card.feedback": _("Feedback {when} · {state}"),
        "card.no_feedback": _("No feedback yet"),
        "summary": _("{all} students · {online} online · {help} need help"),
        "chip.states.studying": _("Practising"),
        "chip.states.idle": _("Idle"),
        "chip.states.paused": _("Paused"),
        "chip.states.finished": _("Finished"),
        "chip.states.offline": _("Offline"),
        "chip.reasons.help": _("Ask for help"),
        "chip.reasons.idle": _("Long idle"),
        "chip.reasons.stuck": _("No progress"),
        "chip.reasons.paused": _("Long pause"),
        "chip.reasons.unvisited": _("No feedback for long"),
        "filter.active": _("{count} chosen"),
        "list.newly_one": _("{count} newly needs help: show"),
        "list.newly_other": _("{count} newly need help: show"),
        "list.empty": _("You have no students yet. Staff can assign students to you."),
        "list.no_match": _("No student matches this filter."),
        "list.waiting": _("Waiting for the classroom…"),
        "alert.title": _("Need help: {count}"),
        "alert.more": _("{count} more"),
    }


def _composer_texts() -> dict[str, str]:
    return {
        "composer.send": _("Send feedback"),
        "composer.send_one": _("Send to {count} student"),
        "composer.send_other": _("Send to {count} students"),
        "composer.this_sentence": _("this sentence"),
        "composer.too_long": _("There is no room for it in this text."),
        "composer.too_many": _(
            "Too much is waiting to be sent. Wait until it is, or dismiss some."
        ),
        "composer.forgets": _(
            "Some feedback is not sent yet, and will be forgotten. Sign out all the same?"
        ),
        "composer.occupied": _("Send what stands in the form first, or clear it."),
        "recipients.one": _("To {name}"),
        "recipients.some_one": _("To {count} student"),
        "recipients.some_other": _("To {count} students"),
        "recipients.class": _("Everybody in class ({count})"),
        "recipients.nobody": _("Nobody is chosen."),
        "feedback.sending": _("Sending…"),
        "feedback.waiting": _("Waiting for the network"),
        "feedback.soon": _("Waiting: so much at once takes a moment"),
        "feedback.no_answer": _("No answer yet. It is tried again by itself, and arrives once."),
        "feedback.not_sent": _("Not sent: {why}"),
        "feedback.too_old": _("Not sent: it waited too long for the network"),
        "feedback.signed_out": _("You are signed out. Sign in again."),
        "feedback.retry": _("Try again"),
        "feedback.edit": _("Edit"),
        "feedback.dismiss": _("Dismiss"),
        "result.sent": _("Sent to {count}"),
        "result.waiting": _("waiting {count}"),
        "result.sending": _("sending {count}"),
        "result.failed": _("failed {count}"),
        "result.more": _("and {count} more"),
    }


def _reply_texts() -> dict[str, str]:
    return {
        "replies.not_loaded": _("Quick replies could not be loaded."),
        "replies.nothing": _("Write the text first."),
        "replies.saved": _("Kept."),
        "replies.not_saved": _("It could not be kept. Try again."),
        "replies.delete": _("Delete the quick reply: {text}"),
        "replies.deleted": _("Deleted."),
        "replies.not_deleted": _("It could not be deleted. Try again."),
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
        "stopped.reason": _("The reason: {reason}"),
    }
