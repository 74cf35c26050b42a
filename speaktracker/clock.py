"""Time as it stands on the wire: ISO 8601, UTC, milliseconds, `Z`."""

import time
from datetime import UTC, datetime

import msgspec

_WHOLE_SECOND = len("2026-01-14T10:30:00Z")


def now() -> datetime:
    """Return the current time in UTC, cut to whole milliseconds as the wire shows it."""
    return at(microseconds())


def at(microseconds: int) -> datetime:
    """Return the moment so many microseconds after 1970 in UTC, cut to whole milliseconds."""
    return datetime.fromtimestamp(microseconds // 1000 / 1000, UTC)


def wire(moment: datetime) -> str:
    """Write an aware `moment` as 2026-01-14T10:30:00.000Z."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    # Several times faster than `isoformat`; it writes six digits, or none for a whole second.
    text: str = msgspec.to_builtins(moment)
    return f"{text[:19]}.000Z" if len(text) == _WHOLE_SECOND else f"{text[:23]}Z"


def stamp(known: int) -> tuple[int, datetime]:
    """Number and date what happens now: a version above both the clock and `known`, the moment."""
    clock = time.time_ns() // 1000
    # A plain comparison: this stands in the way of every status, and `max` costs more.
    return clock if clock > known else known + 1, at(clock)


def microseconds() -> int:
    """Return the server's clock in microseconds since 1970."""
    return time.time_ns() // 1000
