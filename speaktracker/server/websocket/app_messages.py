"""ASGI messages of a socket: the text it brings, and what an application may send, checked."""

from collections.abc import Iterable
from typing import Any

from autobahn.websocket.types import ConnectionDeny

_RESERVED_CODES = frozenset((1004, 1005, 1006, 1015))


def text_event(payload: bytes) -> dict[str, Any]:
    """Make the event of a text that was read; one that is not UTF-8 keeps its bytes and says so."""
    try:
        return {"type": "websocket.receive", "text": payload.decode()}
    except UnicodeDecodeError:
        return {
            "type": "websocket.receive",
            "bytes": payload,
            "text": None,
            "speaktracker.invalid_utf8": True,
        }


def content(message: dict[str, Any], limit: int) -> tuple[bytes, bool]:
    """Return the payload of a websocket.send and whether it is binary; raises ValueError."""
    text, data = message.get("text"), message.get("bytes")
    if (text is None) == (data is None):
        raise ValueError("A websocket.send must hold either text or bytes.")
    payload = bytes(data or b"") if text is None else text.encode()
    if len(payload) > limit:
        raise ValueError(f"A message of {len(payload)} bytes is above the limit of {limit}.")
    return payload, text is None


def close_code(code: int | None) -> int:
    """Return the code to close with, 1000 by default; raises ValueError for one no peer takes."""
    if code is None:
        return 1000
    if not 1000 <= code <= 4999 or code in _RESERVED_CODES or 1016 <= code <= 2999:
        raise ValueError(
            f"{code} is no code a socket can be closed with: use 1000-1014, 3000-4999."
        )
    return code


def accept_headers(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, list[str]]:
    """Group the headers of a websocket.accept by name; raises ValueError on a line break."""
    grouped: dict[str, list[str]] = {}
    for name, value in headers:
        if b"\r" in name + value or b"\n" in name + value:
            raise ValueError("A header of the answer holds a line break.")
        grouped.setdefault(name.decode("latin1"), []).append(value.decode("latin1"))
    return grouped


def denied(status: int, phrase: str) -> ConnectionDeny:
    """Make the answer to a handshake that is refused."""
    return ConnectionDeny(status, phrase)  # type: ignore[no-untyped-call]
