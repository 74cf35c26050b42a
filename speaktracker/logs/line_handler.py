"""The handler of every record: a line at once in a command, one for the thread in a server."""

import logging
import os
import sys
from typing import Final

from speaktracker.logs.line_writer import FLUSH_SECONDS, STDOUT, LineWriter, write_at_once

DEFAULT_QUEUED_BYTES: Final = 4 * 1024 * 1024

_handlers: list["LineHandler"] = []


class LineHandler(logging.Handler):
    """Formats a record where it is logged, since what it names may change; never raises."""

    def __init__(self) -> None:
        super().__init__()
        _handlers.append(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Hand the record's line over."""
        try:
            line = self.format(record)
        except Exception as error:
            line = self.format(_record(f"A line of {record.name} is lost: {type(error).__name__}"))
        write_line(line)


def write_line(line: str) -> None:
    """Write a line as it stands, whatever LOG_LEVEL and LOG_FORMAT are; never blocks a server."""
    if _writer.is_started:
        _writer.put(line)
    else:
        write_at_once(line)


def write_in_thread(queued_bytes: int = DEFAULT_QUEUED_BYTES) -> None:
    """Have a thread write from here on, as a server must; harmless to repeat."""
    if not _writer.is_started:
        if sys.stdout is not None:
            sys.stdout.flush()
        _writer.bound = queued_bytes
        _writer.start()


def flush(seconds: float = FLUSH_SECONDS) -> None:
    """Wait until what was logged is written, but no longer than `seconds`."""
    _writer.flush(seconds)


def trouble() -> str:
    """Say in a sentence that lines cannot be written; empty while they can."""
    if not _writer.refusal:
        return ""
    return f"The log cannot be written: {_writer.refusal}. Make room on its disk."


def _record(text: str) -> logging.LogRecord:
    return logging.LogRecord("speaktracker.logs", logging.ERROR, "", 0, text, (), None)


def _notice(text: str) -> str:
    return _handlers[-1].format(_record(text))


# A process that was started without a standard output may have a database's file there by now.
_descriptor = STDOUT if sys.__stdout__ is not None else os.open(os.devnull, os.O_WRONLY)
_writer = LineWriter(_descriptor, DEFAULT_QUEUED_BYTES, _notice)
