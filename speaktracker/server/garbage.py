"""Full garbage collections, kept out of the messages' way.

A full collection looks at every object while nothing else runs: 110 ms for Django alone on the
machine of docs/performance.md, and nearly a second with 10,000 sockets. Python starts one whenever
enough objects have lived a little while, which under load is about once a minute. Here what has
been looked at once is set aside (`gc.freeze`): a collection then finds what the handshakes since
the last one left behind, and no more. Only after many sockets have closed, whose cycles lie among
what was set aside, is everything looked at again. Young garbage is looked for more seldom: at each
700 new objects, as Python does, it was found at every other handshake, a fifth of their cost.
"""

import gc
import time
from collections.abc import Callable
from typing import Final

OPENED: Final = 200
# What sockets leave when they close is some 30 KiB each.
CLOSED: Final = 1_000
SOCKETS_SHARE: Final = 2
LONGEST_SECONDS: Final = 600.0
# New objects, and collections of them, after which they are looked through.
YOUNG: Final = 10_000
MIDDLE: Final = 10
# Of collections of the middle generation, before Python itself would start a full one.
_NEVER: Final = 1_000_000_000


class Garbage:
    """When to collect what; one for each process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._opened = self._closed = 0
        self._collected_at = clock()

    def begin(self) -> None:
        """Take over from Python, once everything has been loaded."""
        gc.set_threshold(YOUNG, MIDDLE, _NEVER)
        self._collect()

    def opened(self) -> None:
        """Count a socket that comes."""
        self._opened += 1

    def closed(self) -> None:
        """Count a socket that has gone."""
        self._closed += 1

    def sweep(self, sockets: int) -> None:
        """Collect if it is time, beside so many open sockets; called once a second."""
        if self._closed >= max(CLOSED, sockets // SOCKETS_SHARE):
            gc.unfreeze()
            self._closed = 0
            self._collect()
        elif self._opened >= OPENED or self._clock() - self._collected_at >= LONGEST_SECONDS:
            self._collect()

    def _collect(self) -> None:
        gc.collect()
        gc.freeze()
        self._opened = 0
        self._collected_at = self._clock()
