"""Full garbage collections, kept out of the messages' way.

A full collection looks at every object while nothing else runs: 110 ms for Django alone on the
machine of docs/performance.md, and more for each connection. Python starts one whenever enough
objects have lived a little while, which under load is about once a minute. Here what was there at
the start is never looked at again, and a full collection comes when there is something to find:
after many sockets have closed, since each leaves cycles behind, and every ten minutes for the rest.
Young garbage is collected as ever.
"""

import gc
import time
from collections.abc import Callable
from typing import Final

# So many closed sockets make a full collection worthwhile, or a quarter of those that are open.
CLOSED: Final = 1_000
OPEN_SHARE: Final = 4
LONGEST_SECONDS: Final = 600.0
# Of collections of the middle generation, before Python itself would start a full one.
_NEVER: Final = 1_000_000_000


class Garbage:
    """When to collect everything; one for each process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._closed = 0
        self._collected_at = clock()

    def begin(self) -> None:
        """Take over from Python, once everything has been loaded."""
        gc.collect()
        gc.freeze()
        young, middle, _ = gc.get_threshold()
        gc.set_threshold(young, middle, _NEVER)
        self._collected_at = self._clock()

    def closed(self) -> None:
        """Count a socket that has closed."""
        self._closed += 1

    def sweep(self, sockets: int) -> None:
        """Collect everything if it is time, beside so many open sockets."""
        is_due = self._clock() - self._collected_at >= LONGEST_SECONDS
        if is_due or self._closed >= max(CLOSED, sockets // OPEN_SHARE):
            gc.collect()
            self._closed = 0
            self._collected_at = self._clock()
