"""What the server may send, word for word: exact keys, types and forms. Made from SPEC.md alone."""

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

Check = Callable[[Any], bool]
Message = dict[str, Any]

CONNECT_CODES = {
    "INVALID_CREDENTIALS",
    "TUTOR_NOT_FOUND",
    "FORBIDDEN",
    "TOO_MANY_CONNECTIONS",
    "RATE_LIMITED",
    "UNAVAILABLE",
}
MESSAGE_CODES = {
    "RECIPIENT_OFFLINE",
    "DELIVERY_FAILED",
    "TUTOR_NOT_FOUND",
    "INVALID_MESSAGE",
    "UNKNOWN_TYPE",
    "FORBIDDEN",
    "MESSAGE_TOO_LARGE",
    "RATE_LIMITED",
    "UNAVAILABLE",
}
_TIMESTAMP = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z")


def timestamp(value: Any) -> bool:
    """ISO 8601, UTC, milliseconds, `Z`."""
    return bool(_TIMESTAMP.fullmatch(value)) and bool(datetime.fromisoformat(value))


def connection_id(value: Any) -> bool:
    """16 characters: URL-safe base64 of 11 bytes."""
    return len(value) == 16 and len(base64.urlsafe_b64decode(value)) == 11


def message_id(value: Any) -> bool:
    """A UUIDv7 in its usual spelling."""
    return UUID(value).version == 7 and str(UUID(value)) == value


def text(value: Any) -> bool:
    """A string that says something."""
    return isinstance(value, str) and value != ""


def string(value: Any) -> bool:
    """Any string."""
    return isinstance(value, str)


def email(value: Any) -> bool:
    """A lower-case address."""
    return isinstance(value, str) and "@" in value and value == value.lower()


def integer(value: Any) -> bool:
    """A whole number that JavaScript can hold."""
    return type(value) is int and 0 <= value < 2**53


def progress(value: Any) -> bool:
    """A number of at most two decimals, as a rule from 0 to 100."""
    return type(value) in (int, float) and abs(value) <= 1e6 and round(value, 2) == value


def flag(value: Any) -> bool:
    """A boolean."""
    return type(value) is bool


def one_of(*values: Any) -> Check:
    """One of these."""
    return lambda value: value in values


def or_null(check: Check) -> Check:
    """What `check` takes, or null."""
    return lambda value: value is None or check(value)


@dataclass(frozen=True)
class Shape:
    """The keys of one object; a missing, an unknown or a wrong one fails with its name."""

    required: Mapping[str, Check]
    optional: Mapping[str, Check] = field(default_factory=dict)

    def hold(self, value: Any, where: str) -> None:
        """Hold `value` against the shape."""
        assert isinstance(value, dict), f"{where} is no object: {value!r}"
        missing = self.required.keys() - value.keys()
        unknown = value.keys() - self.required.keys() - self.optional.keys()
        assert not missing, f"{where} lacks {missing}: {value}"
        assert not unknown, f"{where} has {unknown}, which the contract does not know: {value}"
        for name, content in value.items():
            check = self.required.get(name) or self.optional[name]
            assert check(content), f"{where}.{name} is wrong: {content!r}"


def help_call(value: Any) -> bool:
    """A question that waits."""
    HELP.hold(value, "help")
    return True


def last_feedback(value: Any) -> bool:
    """What a student was given last."""
    LAST_FEEDBACK.hold(value, "last_feedback")
    return True


HELP = Shape({"asked_at": timestamp, "note": string, "seen_at": or_null(timestamp)})
LAST_FEEDBACK = Shape(
    {
        "message_id": message_id,
        "state": one_of("queued", "delivered", "seen", "played"),
        "timestamp": timestamp,
    }
)
_STUDENT = {
    "student_email": email,
    "status": or_null(one_of("studying", "idle", "paused", "finished")),
    "current_sentence": string,
    "progress": progress,
    "last_update": or_null(timestamp),
    "student_name": string,
    "session_id": or_null(text),
    "online": flag,
    "version": integer,
    "status_since": or_null(timestamp),
    "progress_since": or_null(timestamp),
    "help": or_null(help_call),
    "group": string,
}
_OFTEN = {"came_at": timestamp, "skipped": integer}
STUDENT = Shape(_STUDENT, _OFTEN)
LISTED = Shape(
    {
        **_STUDENT,
        "last_feedback": or_null(last_feedback),
    },
    _OFTEN,
)
LEAVING = Shape({**_STUDENT, "reason": one_of("finished", "disconnected", "removed")}, _OFTEN)
_SAID = {"type": string, "code": string, "message": text, "timestamp": timestamp}
_DASHBOARD = {
    "type": one_of("dashboard"),
    "action": string,
    "target_tutor_email": email,
    "data": lambda value: isinstance(value, dict),
}
FEEDBACK = Shape(
    {
        "type": one_of("feedback"),
        "from": email,
        "student_email": email,
        "session_id": text,
        "message": text,
        "message_type": one_of("text", "tts"),
        "timestamp": timestamp,
        "message_id": message_id,
    },
    {"audio_url": text, "speak": one_of(True), "from_name": text},
)
SHAPES = {
    "connection_success": Shape(
        {
            "type": string,
            "connection_id": connection_id,
            "timestamp": timestamp,
            "user_email": email,
            "user_type": one_of("student", "tutor"),
            "heartbeat_seconds": lambda value: value > 0,
        },
        {"tutor_email": email, "tutor_name": text},
    ),
    "connection_error": Shape(
        {**_SAID, "code": one_of(*CONNECT_CODES)}, {"retry_after_ms": integer}
    ),
    "message_error": Shape(
        {**_SAID, "code": one_of(*MESSAGE_CODES)},
        {"original_message_id": text, "path": text, "queued": flag, "retry_after_ms": integer},
    ),
    "timeout": Shape({**_SAID, "code": one_of("IDLE_TIMEOUT")}),
    "token_expired": Shape({"type": string, "timestamp": timestamp, "closes_at": timestamp}),
    "ack": Shape({"type": string, "message_id": text}),
    "pong": Shape({"type": string, "timestamp": timestamp}),
    "help": Shape(
        {
            "type": string,
            "state": one_of("asked", "seen", "answered", "withdrawn"),
            "timestamp": timestamp,
        }
    ),
    "feedback": FEEDBACK,
    "feedback_status": Shape(
        {
            "type": string,
            "message_id": message_id,
            "student_email": email,
            "state": one_of("queued", "delivered", "seen", "played"),
            "acknowledged": flag,
        },
        {"original_message_id": text},
    ),
    "dashboard": Shape(_DASHBOARD, {"part": integer, "parts": integer}),
}


def checked(raw: str | bytes) -> Message:
    """Parse a frame and hold it against the contract."""
    assert isinstance(raw, str), "the server sends text frames only"
    message: Message = json.loads(raw)
    kind = message.get("type")
    assert kind in SHAPES, f"the server sent an unknown type: {raw}"
    SHAPES[kind].hold(message, kind)
    {
        "dashboard": _dashboard,
        "connection_success": _connection_success,
        "message_error": message_error,
        "feedback": feedback,
    }.get(kind, _nothing_more)(message)
    return message


def feedback(message: Message) -> None:
    """Hold a feedback frame against the contract."""
    FEEDBACK.hold(message, "feedback")
    assert ("audio_url" in message) == (message["message_type"] == "tts"), message


def message_error(message: Message) -> None:
    """Hold a `message_error` against the contract."""
    SHAPES["message_error"].hold(message, "message_error")
    code = message["code"]
    assert ("retry_after_ms" in message) == (code == "RATE_LIMITED"), message
    assert message.get("queued") == (True if code == "RECIPIENT_OFFLINE" else None), message
    assert code != "INVALID_MESSAGE" or "path" in message, message


def _nothing_more(_message: Message) -> None:
    return


def _connection_success(message: Message) -> None:
    assert ("tutor_email" in message) == (message["user_type"] == "student"), message


def _dashboard(message: Message) -> None:
    action, data = message["action"], message["data"]
    assert ("part" in message) == ("parts" in message), message
    if action in ("update", "student_joined"):
        STUDENT.hold(data, action)
        assert data["online"] or action == "update", message
    elif action == "student_left":
        LEAVING.hold(data, action)
    else:
        _students(action, data)


def _students(action: str, data: Any) -> None:
    named = {"students": lambda value: isinstance(value, list)}
    shape = Shape({**named, "generated_at": timestamp} if action == "broadcast_all" else named)
    assert action in ("broadcast_all", "updates"), f"unknown action {action}"
    shape.hold(data, action)
    for student in data["students"]:
        (LISTED if action == "broadcast_all" else STUDENT).hold(student, action)
        assert student["online"] or student["status"] is None or student["last_update"], student
