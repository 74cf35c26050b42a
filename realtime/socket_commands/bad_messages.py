"""From an exception to what its sender is told; the one place that knows which are expected."""

import msgspec

from realtime.protocol.codes import ErrorCode
from realtime.protocol.errors import ConnectRefused, MessageRefused
from speaktracker.exceptions import InvalidCredentials, Unavailable

UNREADABLE = (msgspec.DecodeError, UnicodeError, RecursionError)
EXPECTED = (MessageRefused, ConnectRefused, InvalidCredentials, Unavailable, *UNREADABLE)


def refusal_of(error: Exception) -> MessageRefused:
    """Say of any error as what it is refused; a bug is as if something were away."""
    if isinstance(error, MessageRefused):
        return error
    if isinstance(error, UNREADABLE):
        return MessageRefused(ErrorCode.INVALID_MESSAGE, path=path_in(str(error)))
    if isinstance(error, InvalidCredentials):
        return MessageRefused(ErrorCode.INVALID_CREDENTIALS)
    return MessageRefused(ErrorCode.UNAVAILABLE)


def path_in(text: str) -> str:
    """Take the path out of msgspec's message; it names an unknown field in the text instead."""
    _, found, path = text.rpartition(" - at `")
    where = path.rstrip("`") if found else "$"
    if "unknown field `" in text or "required field `" in text:
        name = text.split("field `", 1)[1].split("`", 1)[0]
        return f"{where}.{name}"
    return where
