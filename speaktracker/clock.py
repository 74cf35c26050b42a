"""Time as all processes share it, and as it stands on the wire: ISO 8601, UTC, milliseconds, `Z`.

The database's clock is the truth. A machine whose own is further off than NTP would leave it goes
by the database's: what one process dates another must be able to judge.
"""

import logging
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

logger = logging.getLogger(__name__)

_WHOLE_SECOND = len("2026-01-14T10:30:00Z")
# Less than that is no harm; more is told, and corrected as often as it has moved by half a second.
TOLERATED_SECONDS = 1.0
MOVED_SECONDS = 0.5

# Between those who sign JSON Web Tokens and us.
LEEWAY_SECONDS: Final = 5
# What PyJWT must leave to `check_times`: it would ask the machine.
TIMES_UNCHECKED: Final = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}

# How far the database's clock is ahead of this machine's, in microseconds; 0 where they agree.
_ahead = 0
# The millisecond of 1970 that was dated last, as a moment and as text: what comes within one
# millisecond is dated once. One tuple, so that no thread reads half of another's.
_dated: tuple[int, datetime, str] = (-1, datetime.min.replace(tzinfo=UTC), "")


def go_by(seconds_ahead: float) -> None:
    """Go by a clock that was measured to be so far ahead of this machine's."""
    global _ahead  # noqa: PLW0603 - of the process, as its clock is
    known = _ahead / 1_000_000
    differs = abs(seconds_ahead) > TOLERATED_SECONDS
    if not differs and not _ahead:
        return
    if differs and abs(seconds_ahead - known) < MOVED_SECONDS:
        return
    _ahead = int(seconds_ahead * 1_000_000) if differs else 0
    logger.warning(trouble(seconds_ahead) or "This machine's clock is right again.")


def trouble(seconds_ahead: float | None = None) -> str:
    """Say in a sentence that this machine's clock is off; empty where it is not.

    `seconds_ahead` is how far the database's is ahead, as was measured last unless given.
    """
    ahead = _ahead / 1_000_000 if seconds_ahead is None else seconds_ahead
    if abs(ahead) <= TOLERATED_SECONDS:
        return ""
    side = "behind" if ahead > 0 else "ahead of"
    off = f"{abs(ahead):.1f} s {side} the database's"
    return f"This machine's clock is {off}, which counts. Is NTP running?"


def now() -> datetime:
    """Return the current time in UTC, cut to whole milliseconds as the wire shows it."""
    return at(microseconds())


def at(microseconds: int) -> datetime:
    """Return the moment so many microseconds after 1970 in UTC, cut to whole milliseconds."""
    global _dated  # noqa: PLW0603 - kept for whoever asks within the same millisecond
    milliseconds = microseconds // 1000
    known = _dated
    if known[0] != milliseconds:
        moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
        known = _dated = milliseconds, moment, wire(moment)
    return known[1]


def wire(moment: datetime) -> str:
    """Write an aware `moment` as 2026-01-14T10:30:00.000Z."""
    dated = _dated
    if moment is dated[1]:
        return dated[2]
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    # Several times faster than `isoformat`; it writes six digits, or none for a whole second.
    text: str = msgspec.to_builtins(moment)
    return f"{text[:19]}.000Z" if len(text) == _WHOLE_SECOND else f"{text[:23]}Z"


def stamp(known: int) -> tuple[int, datetime]:
    """Number and date what happens now: a version above both the clock and `known`, the moment."""
    clock = time.time_ns() // 1000 + _ahead
    # A plain comparison: this stands in the way of every status, and `max` costs more.
    return clock if clock > known else known + 1, at(clock)


def microseconds() -> int:
    """Return the shared clock in microseconds since 1970."""
    return time.time_ns() // 1000 + _ahead


def epoch() -> float:
    """Return the shared clock in seconds since 1970."""
    return time.time() + _ahead / 1_000_000


def check_times(claims: Mapping[str, Any]) -> None:
    """Look at `exp`, `iat` and `nbf` of a JSON Web Token; ValueError when it does not stand now."""
    if not _seconds(claims["exp"]) > epoch() - LEEWAY_SECONDS:
        raise ValueError("the token has expired")
    for name in ("iat", "nbf"):
        if name in claims and not _seconds(claims[name]) <= epoch() + LEEWAY_SECONDS:
            raise ValueError("the token is not valid yet")


def _seconds(value: Any) -> float:
    if not isinstance(value, int | float):
        raise ValueError("a time of the token is no number")
    return float(value)
