"""Every message on the wire, as types. No Django here.

What a client sends is validated by these structs and nothing else; `asyncapi.py` beside this file
describes the socket from the same types.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from realtime.protocol.codes import ErrorCode
from realtime.protocol.wire_limits import (
    EMAIL_LENGTH,
    FEEDBACK_LENGTH,
    MESSAGE_ID_LENGTH,
    MESSAGE_IDS_PER_ACK,
    SENTENCE_LENGTH,
    SESSION_ID_LENGTH,
    TIMESTAMP_LENGTH,
    TOKEN_LENGTH,
)

SUBPROTOCOL = "speaktracker.v1"

Role = Literal["student", "tutor"]
Status = Literal["studying", "idle", "paused", "finished"]
MessageType = Literal["text", "tts"]
FeedbackState = Literal["queued", "delivered", "seen", "played"]
LeaveReason = Literal["finished", "disconnected", "removed"]

MessageId = Annotated[str, Meta(min_length=1, max_length=MESSAGE_ID_LENGTH)]
MessageIds = Annotated[list[MessageId], Meta(min_length=1, max_length=MESSAGE_IDS_PER_ACK)]
SessionId = Annotated[str, Meta(min_length=1, max_length=SESSION_ID_LENGTH)]
Sentence = Annotated[str, Meta(max_length=SENTENCE_LENGTH)]
FeedbackText = Annotated[str, Meta(min_length=1, max_length=FEEDBACK_LENGTH)]
# Two numeric types, since msgspec takes bounds only on one: 45 stays 45 and 45.5 stays 45.5.
Progress = Annotated[int, Meta(ge=0, le=100)] | Annotated[float, Meta(ge=0, le=100)]
Timestamp = Annotated[str, Meta(max_length=TIMESTAMP_LENGTH)]


# --- From the client ------------------------------------------------------------------------------


class Envelope(Struct):
    """What is read of any message before its type is known; neither field is an error yet."""

    type: Any = None
    message_id: Any = None


class ClientMessage(Struct, forbid_unknown_fields=True, kw_only=True):
    """What every client message may carry; unknown fields are refused with their path."""

    type: str
    message_id: MessageId | UnsetType = UNSET


class ConnectionMessage(ClientMessage):
    """The explicit hello (`connect`), or a fresh token for a socket whose token runs out."""

    type: Literal["connection"]
    action: Literal["connect", "refresh"]
    user_email: str | UnsetType = UNSET
    user_type: Role | UnsetType = UNSET
    timestamp: Timestamp | UnsetType = UNSET
    token: Annotated[str, Meta(min_length=1, max_length=TOKEN_LENGTH)] | UnsetType = UNSET


class StatusMessage(ClientMessage):
    """What a student is doing now."""

    type: Literal["status"]
    status: Status
    session_id: SessionId
    user_email: str | UnsetType = UNSET
    current_sentence: Sentence = ""
    progress: Progress = 0
    timestamp: Timestamp | UnsetType = UNSET


class DashboardMessage(ClientMessage):
    """A tutor asks for `broadcast_all` again."""

    type: Literal["dashboard"]
    action: Literal["refresh"]


class FeedbackMessage(ClientMessage):
    """A tutor's feedback to one of their students."""

    type: Literal["feedback"]
    student_email: Annotated[str, Meta(max_length=EMAIL_LENGTH)]
    session_id: SessionId
    message: FeedbackText
    message_type: MessageType
    audio_url: str | None = None
    speak: bool = False
    from_: str | UnsetType = msgspec.field(name="from", default=UNSET)
    timestamp: Timestamp | UnsetType = UNSET


class FeedbackAck(ClientMessage):
    """A student's client has received, shown or played feedback.

    Its own `message_id` is the feedback's: the sender's message and what it confirms are one.
    """

    type: Literal["feedback_ack"]
    state: Literal["delivered", "seen", "played"]
    message_ids: (
        Annotated[list[MessageId], Meta(min_length=1, max_length=MESSAGE_IDS_PER_ACK)] | UnsetType
    ) = UNSET


class Ping(ClientMessage):
    """A sign of life; answered with `pong`."""

    type: Literal["ping"]


# --- From the server ------------------------------------------------------------------------------


class ConnectionSuccess(Struct, tag="connection_success", omit_defaults=True, kw_only=True):
    """The connection stands and its record is stored."""

    connection_id: str
    timestamp: str
    user_email: str
    user_type: str
    tutor_email: str | UnsetType = UNSET
    heartbeat_seconds: float


class ConnectionError(  # noqa: A001 - the name on the wire
    Struct, tag="connection_error", omit_defaults=True
):
    """The connection is refused, or may not stand any longer; the close code follows."""

    code: ErrorCode
    message: str
    timestamp: str
    original_message_id: str | UnsetType = UNSET


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


class Ack(Struct, tag="ack"):
    """A message that carried a `message_id` was carried out."""

    message_id: str


class Pong(Struct, tag="pong"):
    """The answer to `ping`."""

    timestamp: str


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


class FeedbackFrame(Struct, tag="feedback", omit_defaults=True, kw_only=True):
    """Feedback as the student receives it."""

    from_: str = msgspec.field(name="from")
    student_email: str
    session_id: str
    message: str
    message_type: MessageType
    timestamp: str
    message_id: str
    audio_url: str | UnsetType = UNSET
    speak: bool | UnsetType = UNSET


class FeedbackStatus(Struct, tag="feedback_status", omit_defaults=True, kw_only=True):
    """How far one feedback has come, for the tutor's dashboards."""

    message_id: str
    student_email: str
    state: FeedbackState
    original_message_id: str | UnsetType = UNSET


ServerMessage = (
    ConnectionSuccess
    | ConnectionError
    | MessageError
    | Timeout
    | Ack
    | Pong
    | StudentFrame
    | StudentsFrame
    | FeedbackFrame
    | FeedbackStatus
)

_encoder = msgspec.json.Encoder()


def encode(message: Struct) -> str:
    """Write a message as JSON text."""
    return _encoder.encode(message).decode()
