"""How a record becomes a line: the contract's fields first and always, then ours, no secret."""

import json
import logging
import os
import re
import socket
import sys
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any, Final

import structlog
from django.http import HttpRequest

from speaktracker.clock import wire

Fields = MutableMapping[str, Any]

# The address of a process in the log: containers all have the same number.
PROCESS: Final = f"{socket.gethostname()}:{os.getpid()}"
# After a mere space a word of small letters is none: "the ticket is not valid".
_SECRET = re.compile(
    r"(bearer[=.: ]+|(?:token|ticket|password)(?: *[=.:][=.: ]*| +(?=\S*(?-i:[^a-z\s,;.:]))))"
    r"[^\s&,;\"']+",
    re.IGNORECASE,
)
_WORDS: Final = ("token", "ticket", "bearer", "password")
_TOKEN = re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*")


def redact(text: str) -> str:
    """Blank what follows token=, ticket=, Bearer and password in `text`, and whatever is a JWT."""
    # Nearly every value of a line holds nothing like it. Beyond ASCII letters are alike that a
    # plain look tells apart (the Kelvin sign, the long s).
    small = text.lower()
    if not text.isascii() or any(word in small for word in _WORDS):
        text = _SECRET.sub(r"\1[redacted]", text)
    return _TOKEN.sub("[redacted]", text) if "eyJ" in text else text


def plain(value: Any) -> Any:
    """Return a number as it is, of a request its method and path, of all else the redacted text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, HttpRequest):  # Django names it in its lines, and its text has the query
        value = f"{value.method} {value.path}"
    return redact(value if isinstance(value, str) else repr(value))


def redact_event(_logger: Any, _method: str, event: Fields) -> Fields:
    """Blank secrets in every value of an event (a processor of structlog)."""
    return {key: plain(value) for key, value in event.items()}


def complete(_logger: Any, _method: str, event: Fields) -> Fields:
    """Put the contract's fields first, null where there is nothing to say (a processor)."""
    text, level = event.pop("event"), event.pop("level")
    # Of a library: our events say both themselves.
    kind, status = ("message", "success") if level in ("debug", "info") else ("error", "error")
    line = {
        "timestamp": wire(datetime.now(UTC)),
        "event_type": event.pop("event_type", kind),
        "connection_id": event.pop("connection_id", None),
        "user_email": event.pop("user_email", None),
        "message_type": event.pop("message_type", None),
        "status": event.pop("status", status),
        "duration_ms": event.pop("duration_ms", None),
        "level": level,
        "process": PROCESS,
    }
    if text != line["event_type"]:
        line["event"] = text
    return {**line, **event}


def first_fields(message_type: str) -> Fields:
    """Make the fields that any line begins with, for one of the program's own at level info."""
    said = {"event": "message", "level": "info", "message_type": message_type}
    return complete(None, "", said)


def shorten(_logger: Any, _method: str, event: Fields) -> Fields:
    """Leave out for a person at a terminal what is null or always the same (a processor)."""
    shown = {key: value for key, value in event.items() if value is not None}
    kind = " ".join((shown.pop("event_type"), shown.pop("message_type", "")))
    shown.setdefault("event", kind.strip())
    del shown["process"]
    return shown


class JsonLines(structlog.stdlib.ProcessorFormatter):
    """Writes a record as a line in one go; one with a trace, or of structlog, goes step by step."""

    _encode = json.JSONEncoder(ensure_ascii=False).encode
    _OF_EVERY_RECORD: Final = logging.makeLogRecord({}).__dict__.keys()

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record, without a line end."""
        if record.exc_info or record.stack_info or not isinstance(record.msg, str):
            return super().format(record)
        event = structlog.contextvars.get_contextvars()
        event |= {"event": record.getMessage(), "level": record.levelname.lower()}
        for name, value in record.__dict__.items():
            if name not in self._OF_EVERY_RECORD:
                event[name] = value
        return self._encode(redact_event(None, "", complete(None, "", event)))


def formatter(text: bool = False) -> logging.Formatter:
    """Make the formatter of any record: one JSON line, or with `text` one for people."""
    if text:
        has_colours = sys.stdout is not None and sys.stdout.isatty()
        trace = structlog.dev.plain_traceback
        written: list[Any] = [
            shorten,
            structlog.dev.ConsoleRenderer(has_colours, exception_formatter=trace),
        ]
    else:
        written = [structlog.processors.JSONRenderer(ensure_ascii=False)]
    kind = structlog.stdlib.ProcessorFormatter if text else JsonLines
    return kind(
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.ExtraAdder(),
            complete,
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            redact_event,
            *written,
        ],
    )
