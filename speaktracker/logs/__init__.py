"""One line per event on stdout; never a token, a password or the text of a message."""

import logging
import math
import time
from collections.abc import Callable
from typing import Any

from speaktracker.logs.line_format import first_fields, formatter, redact
from speaktracker.logs.line_handler import flush, trouble, write_in_thread, write_line

__all__ = [
    "Sampler",
    "event",
    "first_fields",
    "flush",
    "formatter",
    "message",
    "redact",
    "trouble",
    "write_in_thread",
    "write_line",
]

_logger = logging.getLogger("speaktracker")


def event(
    event_type: str,
    *,
    status: str = "success",
    level: int | None = None,
    exc_info: BaseException | None = None,
    **fields: Any,
) -> None:
    """Log one event: `event_type` is connection, message or error; `status` success or error.

    Without a `level` a success is INFO, an error that somebody was answered with WARNING.
    """
    _logger.log(
        level or (logging.INFO if status == "success" else logging.WARNING),
        event_type,
        exc_info=exc_info,
        extra={"event_type": event_type, "status": status, **fields},
    )


class Sampler:
    """Lets a number of lines a second through, and counts what it held back."""

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # Less than one a second is one in a longer while.
        self._lines = max(1, int(per_second))
        self._seconds = self._lines / per_second
        self._left = 0
        self._ends_at = -math.inf
        self._held_back = 0

    def take(self) -> int:
        """Return how many messages the line to be written stands for; 0 to write none."""
        now = self._clock()
        if now >= self._ends_at:
            self._left, self._ends_at = self._lines, now + self._seconds
        if not self._left:
            self._held_back += 1
            return 0
        self._left -= 1
        stands_for, self._held_back = self._held_back + 1, 0
        return stands_for


def message(*, code: str | None = None, stands_for: int = 1, **fields: Any) -> None:
    """Log a handled message; one that `stands_for` several says so as `sampled`."""
    if code:
        fields["code"] = code
    if stands_for > 1:
        fields["sampled"] = stands_for
    event("message", **fields)
