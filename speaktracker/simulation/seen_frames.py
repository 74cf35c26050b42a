"""The server's frames as a simulated client reads them: only what it needs."""

from typing import Any

import msgspec
from msgspec import Struct

from realtime.protocol.field_types import Status


class Head(Struct):
    """What every frame may say; the rest is read once its type is known."""

    type: str = ""
    action: str = ""
    code: str = ""
    message_id: str = ""
    original_message_id: str = ""
    tutor_email: str = ""
    queued: bool = False


class SeenStudent(Struct):
    """One student on a dashboard."""

    student_email: str
    version: int
    status: Status | None = None
    current_sentence: str = ""
    progress: int | float = 0
    session_id: str | None = None
    online: bool = False
    reason: str = ""


class SeenChange(Struct):
    """`update`, `student_joined` or `student_left`."""

    data: SeenStudent


class SeenStudents(Struct):
    """The students of a snapshot or a batch."""

    students: list[SeenStudent]


class SeenSnapshot(Struct):
    """`broadcast_all` or `updates`."""

    data: SeenStudents


class SeenFeedback(Struct):
    """Feedback at the student."""

    message: str
    message_id: str


head = msgspec.json.Decoder(Head).decode
change = msgspec.json.Decoder(SeenChange).decode
snapshot = msgspec.json.Decoder(SeenSnapshot).decode
feedback = msgspec.json.Decoder(SeenFeedback).decode

_encoder = msgspec.json.Encoder()


def write(message: Any) -> str:
    """Write a client's message as JSON text."""
    return _encoder.encode(message).decode()
