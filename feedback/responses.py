"""What the feedback API answers, in the shapes of the socket's own messages."""

from collections.abc import Sequence
from typing import Any, cast

import msgspec

from feedback.models import Feedback
from feedback.replay_source import frame
from feedback.services import Given
from realtime.broadcast.dashboard_frames import student_data
from realtime.presence.rules import Student
from realtime.protocol.codes import ErrorCode
from realtime.protocol.error_texts import text_of
from realtime.protocol.server_messages import FeedbackFrame, MessageError, StudentsData
from speaktracker.clock import now, wire

Body = dict[str, Any]


def given_body(given: Given, language: str) -> Body:
    """Answer a POST: the frame, how its delivery went, and the error unless it was delivered."""
    delivery = {"status": given.outcome, "connections": given.connections}
    body = msgspec.to_builtins(_frame(given)) | {"delivery": delivery}
    if given.outcome != "delivered":
        body["error"] = msgspec.to_builtins(_error(given, language))
    return cast(Body, body)


def listed_body(row: Feedback) -> Body:
    """Show one row of a list: the frame, and how far it has come."""
    return cast(Body, msgspec.to_builtins(frame(row)) | {"state": row.state})


def snapshot_body(students: Sequence[Student]) -> Body:
    """Show a tutor's students as the `data` of `broadcast_all` does."""
    shown = [student_data(student) for student in students]
    data = StudentsData(students=[*shown], generated_at=wire(now()))
    return cast(Body, msgspec.to_builtins(data))


def _frame(given: Given) -> FeedbackFrame:
    draft = given.draft
    return FeedbackFrame(
        from_=given.tutor_email,
        student_email=draft.student_email,
        session_id=draft.session_id,
        message=draft.message,
        message_type=draft.message_type,
        timestamp=wire(given.timestamp),
        message_id=given.message_id,
        audio_url=draft.audio_url or msgspec.UNSET,
        speak=draft.speak or msgspec.UNSET,
    )


def _error(given: Given, language: str) -> MessageError:
    queued = given.outcome == "queued"
    code = ErrorCode.RECIPIENT_OFFLINE if queued else ErrorCode.DELIVERY_FAILED
    return MessageError(
        code=code,
        original_message_id=given.message_id,
        message=text_of(code, language),
        # Of the feedback, so that a repeated call gets the very same answer.
        timestamp=wire(given.timestamp),
        queued=queued or msgspec.UNSET,
    )
