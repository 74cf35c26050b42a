"""Feedback as it stands on the wire: the socket's frames, and the API's answers made of them."""

from collections.abc import Iterable, Iterator
from typing import Any, cast
from uuid import UUID

from django.utils.translation import gettext
from msgspec import UNSET, UnsetType, to_builtins

from feedback.models import Feedback
from realtime.broadcast.delivery_attempts import NumberedMessage
from realtime.protocol.codes import ErrorCode
from realtime.protocol.error_texts import text_of
from realtime.protocol.field_types import FeedbackState, MessageType
from realtime.protocol.server_messages import (
    FeedbackFrame,
    FeedbackStatus,
    LastFeedback,
    MessageError,
    encode,
)
from speaktracker import logs, metrics
from speaktracker.clock import wire
from speaktracker.field_encryption.ciphertext import UnreadableText

Body = dict[str, Any]

# Messages that cannot be read are asked for again and again: this many have a line of the log.
LOGGED = 1_000
_logged: set[UUID] = set()


def frame(row: Feedback) -> FeedbackFrame:
    """Show a row as its student receives it; raises UnreadableText."""
    return FeedbackFrame(
        from_=row.tutor_email,
        student_email=row.student_email,
        session_id=row.session_id,
        message=row.message,
        message_type=cast(MessageType, row.message_type),
        timestamp=wire(row.timestamp),
        message_id=str(row.message_id),
        from_name=row.from_name or UNSET,
        audio_url=row.audio_url or UNSET,
        speak=row.speak or UNSET,
    )


def shown_frame(row: Feedback) -> FeedbackFrame:
    """Show a row in an answer of the API; one that cannot be read has a sentence for its text."""
    try:
        return frame(row)
    except UnreadableText as error:
        note_unreadable(row, error)
    return FeedbackFrame(
        from_=row.tutor_email,
        student_email=row.student_email,
        session_id=row.session_id,
        message=gettext("This feedback cannot be read."),
        message_type="text",
        timestamp=wire(row.timestamp),
        message_id=str(row.message_id),
        from_name=row.from_name or UNSET,
    )


def numbered(row: Feedback) -> NumberedMessage:
    """Make a row ready to be written to its student; raises UnreadableText."""
    return NumberedMessage(row.sequence, str(row.message_id), encode(frame(row)))


def readable(rows: Iterable[Feedback]) -> Iterator[NumberedMessage]:
    """Make rows ready to be written, without those that cannot be read.

    They stay undelivered, and come when they can be.
    """
    for row in rows:
        try:
            yield numbered(row)
        except UnreadableText as error:
            note_unreadable(row, error)


def note_unreadable(row: Feedback, error: UnreadableText) -> None:
    """Count a text that could not be read, and log each message once."""
    metrics.note_unreadable(error.reason)
    if row.message_id in _logged or len(_logged) >= LOGGED:
        return
    _logged.add(row.message_id)
    what = f"the text of {row.message_id} cannot be read: {error}"
    logs.event("error", status="error", message_type="feedback", error=what)


def feedback_status(row: Feedback, original_message_id: str | UnsetType = UNSET) -> FeedbackStatus:
    """Say how far a row has come; with the sender's own id of it where it answers them."""
    return FeedbackStatus(
        message_id=str(row.message_id),
        student_email=row.student_email,
        state=cast(FeedbackState, row.state),
        acknowledged=row.acknowledged_at is not None,
        original_message_id=original_message_id,
    )


def last_feedback(row: Feedback) -> LastFeedback:
    """Say what a student was given last, and how far it has come."""
    return LastFeedback(str(row.message_id), cast(FeedbackState, row.state), wire(row.timestamp))


def given_body(row: Feedback, language: str) -> Body:
    """Answer a POST: the frame, how its delivery went, and the error unless it was delivered."""
    shown = shown_frame(row)
    delivery = {"status": row.outcome, "connections": row.outcome_connections}
    body: Body = to_builtins(shown) | {"delivery": delivery}
    if row.outcome != "delivered":
        queued = row.outcome == "queued"
        code = ErrorCode.RECIPIENT_OFFLINE if queued else ErrorCode.DELIVERY_FAILED
        error = MessageError(
            code=code,
            original_message_id=shown.message_id,
            message=text_of(code, language),
            # Of the feedback, so that a repeated call gets the very same answer.
            timestamp=shown.timestamp,
            queued=queued or UNSET,
        )
        body["error"] = to_builtins(error)
    return body


def listed_body(row: Feedback) -> Body:
    """Show one row of a list: the frame, and how far it has come."""
    body: Body = to_builtins(shown_frame(row))
    body |= {"state": row.state, "acknowledged": row.acknowledged_at is not None}
    if row.for_tutor_email:
        body["for_tutor_email"] = row.for_tutor_email
    return body
