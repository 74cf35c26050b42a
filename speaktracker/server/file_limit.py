"""How many files, and so sockets, this process may have open: said at the start, and when hit."""

import logging
import resource
from collections.abc import Callable
from typing import Any, Final

from speaktracker import metrics
from speaktracker.logs import Sampler

_log = logging.getLogger(__name__)

# What a process has open besides sockets of people and connections to the database.
OWN_FILES: Final = 64
LINES_PER_SECOND: Final = 1 / 60
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


def refusals_observer() -> Callable[[dict[str, Any]], None]:
    """Make what counts, from Twisted's own events, connections that no file was left for."""
    sampler = Sampler(LINES_PER_SECOND)

    def observe(event: dict[str, Any]) -> None:
        if str(event.get("log_format", "")).startswith(TWISTED_SAYS):
            metrics.accept_refused()
            if sampler.take():
                _log.error(
                    "Connections are refused: this process has as many files open as it may, "
                    "raise LimitNOFILE, or `ulimit -n`."
                )

    return observe
