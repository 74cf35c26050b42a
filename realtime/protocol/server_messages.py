"""Every message that the server sends, as types. No Django here."""

from typing import Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from realtime.protocol.codes import ErrorCode
from realtime.protocol.field_types import (
    FeedbackState,
    HelpState,
    LeaveReason,
    MessageType,
    Status,
)


class ConnectionSuccess(Struct, tag="connection_success", omit_defaults=True, kw_only=True):
    """The connection stands and its record is stored."""

    connection_id: str
    timestamp: str
    user_email: str
    user_type: str
    tutor_email: str | UnsetType = UNSET
    tutor_name: str | UnsetType = UNSET
    heartbeat_seconds: float


class ConnectionError(  # noqa: A001 - the name on the wire
    Struct, tag="connection_error", omit_defaults=True
):
    """The connection is refused, or may not stand any longer; the close code follows."""

    code: ErrorCode
    message: str
    timestamp: str
    original_message_id: str | UnsetType = UNSET
    retry_after_ms: int | UnsetType = UNSET


class MessageError(Struct, tag="message_error", omit_defaults=True, kw_only=True):
    """One message was refused, or could not be delivered; the socket stays."""

    code: ErrorCode
    original_message_id: str | UnsetType = UNSET
    message: str
    timestamp: str
    path: str | UnsetType = UNSET
    queued: bool | UnsetType = UNSET
    retry_after_ms: int | UnsetType = UNSET


class Timeout(Struct, tag="timeout"):
    """The socket was silent for too long; the close follows."""

    code: ErrorCode
    message: str
    timestamp: str


class TokenExpired(Struct, tag="token_expired"):
    """The socket's token has run out: it closes at `closes_at` unless a fresh one comes."""

    timestamp: str
    closes_at: str


class Ack(Struct, tag="ack"):
    """A message that carried a `message_id` was carried out."""

    message_id: str


class Pong(Struct, tag="pong"):
    """The answer to `ping`."""

    timestamp: str


class HelpData(Struct):
    """What a student asks, and whether their tutor has seen it."""

    asked_at: str
    note: str
    seen_at: str | None


class LastFeedback(Struct):
    """The last feedback that a student was given by this tutor, and how far it has come."""

    message_id: str
    state: FeedbackState
    timestamp: str


class LentBy(Struct):
    """Whose student it is who is lent to the dashboard's tutor, through the day `until`.

    The day is the school's, as 2026-01-14.
    """

    tutor_email: str
    tutor_name: str
    until: str


class StudentData(Struct, omit_defaults=True, kw_only=True):
    """One student as a dashboard shows them; `version` only grows per student.

    `realtime.broadcast.dashboard_frames.student_data` fills it in.
    """

    student_email: str
    status: Status | None
    current_sentence: str
    progress: int | float
    last_update: str | None
    student_name: str
    session_id: str | None
    online: bool
    version: int
    status_since: str | None
    progress_since: str | None
    help: HelpData | None
    group: str
    came_at: str | UnsetType = UNSET
    skipped: int = 0
    # Absent of a tutor's own students.
    lent_by: LentBy | UnsetType = UNSET
    # In a snapshot only: `feedback_status` frames tell of later ones.
    last_feedback: LastFeedback | UnsetType | None = UNSET
    reason: LeaveReason | UnsetType = UNSET


class StudentFrame(Struct, tag_field="type", tag="dashboard"):
    """A student's change: `update`, `student_joined` or `student_left`."""

    action: Literal["update", "student_joined", "student_left"]
    target_tutor_email: str
    data: StudentData


class StudentsData(Struct, omit_defaults=True, kw_only=True):
    """Several students: a snapshot (then with `generated_at`) or a batch of updates."""

    students: list[StudentData | msgspec.Raw]
    generated_at: str | UnsetType = UNSET


class StudentsFrame(Struct, tag_field="type", tag="dashboard", omit_defaults=True):
    """A snapshot, whole or part `part` of `parts`, or a batch of updates."""

    action: Literal["broadcast_all", "updates"]
    target_tutor_email: str
    data: StudentsData
    part: int | UnsetType = UNSET
    parts: int | UnsetType = UNSET


class HelpFrame(Struct, tag="help"):
    """What has become of a student's question, for all their sockets."""

    state: HelpState
    timestamp: str


class FeedbackFrame(Struct, tag="feedback", omit_defaults=True, kw_only=True):
    """Feedback as the student receives it."""

    from_: str = msgspec.field(name="from")
    student_email: str
    session_id: str
    message: str
    message_type: MessageType
    timestamp: str
    message_id: str
    from_name: str | UnsetType = UNSET
    audio_url: str | UnsetType = UNSET
    speak: bool | UnsetType = UNSET


class FeedbackStatus(Struct, tag="feedback_status", omit_defaults=True, kw_only=True):
    """How far one feedback has come, for the tutor's dashboards.

    `delivered` is no more than written to a connection: it is only sent until `acknowledged`.
    """

    message_id: str
    student_email: str
    state: FeedbackState
    acknowledged: bool
    original_message_id: str | UnsetType = UNSET


ServerMessage = (
    ConnectionSuccess
    | ConnectionError
    | MessageError
    | Timeout
    | TokenExpired
    | Ack
    | Pong
    | StudentFrame
    | StudentsFrame
    | HelpFrame
    | FeedbackFrame
    | FeedbackStatus
)

_encoder = msgspec.json.Encoder()


def encode(message: Struct) -> str:
    """Write a message as JSON text."""
    return _encoder.encode(message).decode()
