"""What Twisted and autobahn log: failures only, and no time spent on lines nobody sees."""

from typing import Any

import autobahn.twisted.websocket
import autobahn.websocket.protocol
from twisted.logger import (
    FilteringLogObserver,
    LogLevel,
    LogLevelFilterPredicate,
    STDLibLogObserver,
    globalLogBeginner,
)

from speaktracker.server.file_limit import refusals


def log_only_failures() -> None:
    """Send Twisted's failures to the `twisted` logger and drop the rest of what it says.

    Its other lines tell of every connection, some with the address that was asked for, in whose
    query string a token may stand.
    """
    to_logging: Any = STDLibLogObserver("twisted")
    only_critical: Any = LogLevelFilterPredicate(defaultLogLevel=LogLevel.critical)
    observer: Any = FilteringLogObserver(to_logging, [only_critical])
    of_refusals: Any = refusals.observe
    globalLogBeginner.beginLoggingTo(
        [observer, of_refusals], redirectStandardIO=False, discardBuffer=True
    )


def drop_debug_colours() -> None:
    """Stop autobahn from colouring the values of debug lines that it then does not write.

    It does so several times on each read and write, at a third of the cost of a small message, and
    prints all options of every new connection.
    Where a later version has no such functions nothing is changed.
    """
    for module in (autobahn.twisted.websocket, autobahn.websocket.protocol):
        for name in ("hltype", "hlval", "pformat"):
            if callable(getattr(module, name, None)):
                setattr(module, name, lambda *_args, **_options: "")
