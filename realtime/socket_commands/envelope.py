"""What can be read of any frame, even of one that is no message: its size, its type and its id."""

import json
from dataclasses import dataclass

import msgspec
from django.conf import settings

from realtime.protocol.client_messages import Envelope
from realtime.protocol.wire_limits import MESSAGE_ID_LENGTH

_envelopes = msgspec.json.Decoder(Envelope)


@dataclass(frozen=True, slots=True)
class Peek:
    """What a frame says of itself; `malformed` is the path of what is wrong, "$" for all of it."""

    message_id: str | None
    type: str | None
    malformed: str | None


def peek(raw: str | bytes) -> Peek:
    """Read type and id of a text frame, and of a binary one its id for the answer."""
    try:
        envelope = _envelopes.decode(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return Peek(id_in_unreadable(raw), None, "$")
    message_id = valid_id(envelope.message_id)
    if isinstance(raw, bytes):
        return Peek(message_id, None, "$")
    if not isinstance(envelope.type, str):
        return Peek(message_id, None, "$.type")
    return Peek(message_id, envelope.type, None)


def size_in_bytes(raw: str | bytes) -> int:
    """Measure a frame as the limits do, in bytes of UTF-8."""
    if isinstance(raw, bytes) or raw.isascii():
        return len(raw)
    return len(raw.encode("utf-8", "surrogatepass"))


def valid_id(given: object) -> str | None:
    """Return `given` if it can be a message's id."""
    if isinstance(given, str) and 1 <= len(given) <= MESSAGE_ID_LENGTH:
        return given
    return None


def id_in_unreadable(raw: str | bytes) -> str | None:
    """Find the id in what is JSON but for a NaN or a lone surrogate: its sender waits for it."""
    if len(raw) > settings.LIMITS.client_message_bytes:
        return None
    try:
        found = json.loads(raw)
        given = valid_id(found.get("message_id")) if isinstance(found, dict) else None
        return given and given.encode().decode()  # a surrogate in the id itself has no way back
    except (ValueError, RecursionError):
        return None
