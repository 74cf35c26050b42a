"""Full garbage collections, kept out of the messages' way.

A full collection looks at every object while nothing else runs: 110 ms for Django alone on the
machine of docs/performance.md, and more for each connection. Python starts one whenever enough
objects have lived a little while, which under load is about once a minute. Here what was there at
the start is never looked at again, and a full collection comes when there is something to find:
each socket leaves cycles behind when it has opened and when it has closed. So they are collected
once nobody comes or goes any more, or too many have; and every ten minutes, for all the rest.
Young garbage is collected as ever.
"""

import gc
import time
from collections.abc import Callable
from typing import Final

# So many comings and goings make a full collection worthwhile: few when nobody else comes or goes,
# many, or half as many as there are sockets, in the middle of a rush.
CALM: Final = 200
RUSH: Final = 2_000
SOCKETS_SHARE: Final = 2
LONGEST_SECONDS: Final = 600.0
# Of collections of the middle generation, before Python itself would start a full one.
_NEVER: Final = 1_000_000_000


class Garbage:
    """When to collect everything; one for each process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._changes = self._swept_changes = 0
        self._collected_at = clock()

    def begin(self) -> None:
        """Take over from Python, once everything has been loaded."""
        gc.collect()
        gc.freeze()
        young, middle, _ = gc.get_threshold()
        gc.set_threshold(young, middle, _NEVER)
        self._collected_at = self._clock()

    def changed(self) -> None:
        """Count a socket that has opened or closed."""
        self._changes += 1

    def sweep(self, sockets: int) -> None:
        """Collect everything if it is time, beside so many open sockets; called once a second."""
        if self._is_due(sockets):
            gc.collect()
            self._changes = 0
            self._collected_at = self._clock()
        self._swept_changes = self._changes

    def _is_due(self, sockets: int) -> bool:
        if self._changes >= max(RUSH, sockets // SOCKETS_SHARE):
            return True
        is_calm = self._changes == self._swept_changes
        return (is_calm and self._changes >= CALM) or (
            self._clock() - self._collected_at >= LONGEST_SECONDS
        )
