"""One JSON line per event on stdout; never a token, a password or the text of a message."""

import logging
import math
import re
import time
from collections.abc import Callable, MutableMapping
from datetime import UTC, datetime
from typing import Any

import structlog

from speaktracker.clock import wire

_logger = logging.getLogger("speaktracker")
_SECRET = re.compile(r"(token|ticket|bearer|password)([=.: ]+)[^\s&,;\"']+", re.IGNORECASE)


def redact(text: str) -> str:
    """Blank what follows token=, ticket=, Bearer and password in `text`."""
    return _SECRET.sub(r"\1\2[redacted]", text)


def redact_event(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Blank secrets in every text of an event (a processor of structlog)."""
    return {key: redact(value) if isinstance(value, str) else value for key, value in event.items()}


def complete(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Give an event its time, and a library's its type (a processor of structlog)."""
    event["timestamp"] = wire(datetime.now(UTC))
    if event["level"] not in ("debug", "info"):  # of a library: ours say it themselves
        event.setdefault("event_type", "error")
        event.setdefault("status", "error")
    return event


_BEFORE: list[Any] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.ExtraAdder(),
    complete,
]


def formatter() -> logging.Formatter:
    """Make the formatter that turns any log record into one JSON line."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_BEFORE,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            redact_event,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )


def event(
    event_type: str,
    *,
    status: str = "success",
    level: int = logging.INFO,
    exc_info: BaseException | None = None,
    **fields: Any,
) -> None:
    """Log one event: `event_type` is connection, message or error; `status` success or error."""
    _logger.log(
        level,
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
