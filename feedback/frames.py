"""Feedback as it stands on the wire: the socket's frames, and the API's answers made of them."""

from typing import Any, cast

from msgspec import UNSET, UnsetType, to_builtins

from feedback.models import Feedback
from realtime.broadcast.delivery_attempts import NumberedMessage
from realtime.protocol.codes import ErrorCode
from realtime.protocol.error_texts import text_of
from realtime.protocol.field_types import FeedbackState, MessageType
from realtime.protocol.server_messages import FeedbackFrame, FeedbackStatus, MessageError, encode
from speaktracker.clock import wire

Body = dict[str, Any]


def frame(row: Feedback) -> FeedbackFrame:
    """Show a row as its student receives it."""
    return FeedbackFrame(
        from_=row.tutor_email,
        student_email=row.student_email,
        session_id=row.session_id,
        message=row.message,
        message_type=cast(MessageType, row.message_type),
        timestamp=wire(row.timestamp),
        message_id=str(row.message_id),
        audio_url=row.audio_url or UNSET,
        speak=row.speak or UNSET,
    )


def numbered(row: Feedback) -> NumberedMessage:
    """Make a row ready to be written to its student."""
    return NumberedMessage(row.sequence, str(row.message_id), encode(frame(row)))


def feedback_status(row: Feedback, original_message_id: str | UnsetType = UNSET) -> FeedbackStatus:
    """Say how far a row has come; with the sender's own id of it where it answers them."""
    return FeedbackStatus(
        message_id=str(row.message_id),
        student_email=row.student_email,
        state=cast(FeedbackState, row.state),
        original_message_id=original_message_id,
    )


def given_body(row: Feedback, language: str) -> Body:
    """Answer a POST: the frame, how its delivery went, and the error unless it was delivered."""
    shown = frame(row)
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
    return cast(Body, to_builtins(frame(row)) | {"state": row.state})
