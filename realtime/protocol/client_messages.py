"""Every message that a client may send, as types. No Django here.

What a client sends is validated by these structs and nothing else; `asyncapi.py` beside this file
describes the socket from the same types.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from realtime.protocol.field_types import (
    FeedbackText,
    HelpNote,
    MessageId,
    MessageIds,
    MessageType,
    Progress,
    Role,
    Sentence,
    SessionId,
    Skipped,
    Status,
    Timestamp,
)
from realtime.protocol.wire_limits import EMAIL_LENGTH, TOKEN_LENGTH


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
    skipped: Skipped = 0
    done: Skipped | UnsetType = UNSET
    timestamp: Timestamp | UnsetType = UNSET


class HelpMessage(ClientMessage):
    """A student asks their tutor for help, or does so no longer."""

    type: Literal["help"]
    action: Literal["ask", "withdraw"]
    note: HelpNote = ""


class DashboardMessage(ClientMessage):
    """A tutor asks for `broadcast_all` again, or has seen that a student asks for help."""

    type: Literal["dashboard"]
    action: Literal["refresh", "help_seen"]
    student_email: Annotated[str, Meta(max_length=EMAIL_LENGTH)] | UnsetType = UNSET


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
    message_ids: MessageIds | UnsetType = UNSET


class Ping(ClientMessage):
    """A sign of life; answered with `pong`."""

    type: Literal["ping"]
