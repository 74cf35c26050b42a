"""Token buckets: how much of something may pass, refilled evenly."""

import time
from collections.abc import Callable


class TokenBucket:
    """Allow `rate` units a second and bursts up to `capacity` units."""

    __slots__ = ("_clock", "_level", "_rate", "_seen", "capacity")

    def __init__(
        self, rate: float, capacity: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate
        self.capacity = capacity
        self._clock = clock
        self._level = capacity
        self._seen = clock()

    def take(self, amount: float = 1) -> float:
        """Take `amount` units and return 0.0, or none and return the seconds until it may pass."""
        now = self._clock()
        level = self._level + (now - self._seen) * self._rate
        self._seen = now
        # Plain comparisons: this stands in the way of every message, and `min` costs more.
        if level > self.capacity:  # noqa: PLR1730
            level = self.capacity
        # What is larger than the whole bucket passes when the bucket is full, and empties it.
        if amount > self.capacity:  # noqa: PLR1730
            amount = self.capacity
        missing = amount - level
        self._level = level if missing > 0 else -missing
        return missing / self._rate if missing > 0 else 0.0
