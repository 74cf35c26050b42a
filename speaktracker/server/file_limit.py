"""How many files, and so sockets, this process may have open: said at the start, and when hit."""

import logging
import math
import resource
import time
from typing import Any, Final

from speaktracker import metrics
from speaktracker.logs import Sampler

_log = logging.getLogger(__name__)

# What a process has open besides sockets of people and connections to the database.
OWN_FILES: Final = 64
LINES_PER_SECOND: Final = 1 / 60
# The last files of a process are for its database, its log and whoever asks how it is.
KEPT_FILES: Final = 32
RECENT_SECONDS: Final = 60.0
REFUSED: Final = (
    "Connections are refused: this process has as many files open as it may, raise LimitNOFILE, or "
    "`ulimit -n`."
)
# What Twisted says, at a level that nobody reads, before it drops who was accepted.
TWISTED_SAYS: Final = "EMFILE encountered"


def raise_file_limit(needed: int) -> None:
    """Take what the system allows this process; warn where that is less than `needed`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard or hard == resource.RLIM_INFINITY:
        wanted = max(soft, needed) if hard == resource.RLIM_INFINITY else hard
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    if sentence := trouble(soft, needed):
        _log.warning(sentence)


def files_needed(handshakes_at_once: int, pool_size: int) -> int:
    """Return how many files the settings allow to be open at once."""
    return handshakes_at_once + 2 * pool_size + 4 + OWN_FILES


def trouble(limit: int, needed: int) -> str:
    """Say in a sentence that a process' `limit` is below what is `needed`; empty if it is not."""
    if limit >= needed:
        return ""
    return (
        f"The file limit of this process is {limit}, what its settings let in at once needs "
        f"{needed}: raise LimitNOFILE, or `ulimit -n`."
    )


class Refusals:
    """Connections that no file was left for: counted, told once a minute, and to /readyz."""

    def __init__(self) -> None:
        self._sampler = Sampler(LINES_PER_SECOND)
        self._last = -math.inf

    def note(self) -> None:
        """Note one."""
        metrics.accept_refused()
        self._last = time.monotonic()
        if self._sampler.take():
            _log.error(REFUSED)

    def observe(self, event: dict[str, Any]) -> None:
        """Note those that Twisted tells of in its own events."""
        if str(event.get("log_format", "")).startswith(TWISTED_SAYS):
            self.note()

    def trouble(self) -> str:
        """Say in a sentence that there were some within a minute; empty if there were not."""
        return REFUSED if time.monotonic() - self._last < RECENT_SECONDS else ""


refusals = Refusals()


def is_of_the_last(descriptor: int) -> bool:
    """Tell whether a file that was just opened is among the last that this process may open.

    The system gives the lowest number that is free, so the number tells without counting.
    """
    return descriptor >= resource.getrlimit(resource.RLIMIT_NOFILE)[0] - KEPT_FILES
