"""One JSON line per event on stdout; never a token, a password or the text of a message."""

import logging
import re
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any

import structlog

from speaktracker.clock import wire

_SECRET = re.compile(r"(token|ticket|bearer|password)([=.: ]+)[^\s&,;\"']+", re.IGNORECASE)


def redact(text: str) -> str:
    """Blank what follows token=, ticket=, Bearer and password in `text`."""
    return _SECRET.sub(r"\1\2[redacted]", text)


def _redact_event(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    return {key: redact(value) if isinstance(value, str) else value for key, value in event.items()}


def _timestamp(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    event["timestamp"] = wire(datetime.now(UTC))
    return event


_BEFORE: list[Any] = [
    structlog.stdlib.add_log_level,
    _timestamp,
    structlog.stdlib.ExtraAdder(),
]


def formatter() -> logging.Formatter:
    """Make the formatter that turns any log record into one JSON line."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_BEFORE,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _redact_event,
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
    logging.getLogger("speaktracker").log(
        level,
        event_type,
        exc_info=exc_info,
        extra={"event_type": event_type, "status": status, **fields},
    )


def message(*, level: int = logging.INFO, code: str | None = None, **fields: Any) -> None:
    """Log one handled message; above a set rate only a sample of those that went well."""
    if logging.getLogger("speaktracker").isEnabledFor(level):
        known: dict[str, Any] = {"code": code} if code else {}
        event("message", level=level, **fields, **known)
