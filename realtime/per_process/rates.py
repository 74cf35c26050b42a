"""How often something may happen: buckets that refill, and windows that slide. Plain Python."""

import time
from collections import deque
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


class SlidingWindow:
    """Allow `rate` a second: as many within any second, at a rate below one in the time of one.

    A burst of as many passes at once, and the next when it is a second old. Who asks for more
    meanwhile is let on evenly, so that a flood comes to the rate over any time longer than that.
    """

    __slots__ = ("_clock", "_free_at", "_gap", "most", "seconds")

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.most = max(int(rate), 1)
        self.seconds = self.most / rate
        self._gap = 1 / rate
        self._clock = clock
        # When the place of each that passed is free again, soonest first; made for the first one,
        # since however empty it has 760 bytes, and most who listen never speak.
        self._free_at: deque[float] | None = None

    def take(self) -> float:
        """Let one pass and return 0.0, or none and return the seconds until one may."""
        now, free_at = self._clock(), self._free_at
        if free_at is None:
            self._free_at = deque((now + self.seconds,))
            return 0.0
        while free_at and free_at[0] <= now - self._gap:
            free_at.popleft()
        if free_at and free_at[0] <= now:
            # Who comes a moment after a place was free has not asked for less.
            start = free_at.popleft()
        elif len(free_at) < self.most:
            start = now
        else:
            return self._spread(free_at)[0] - now
        free_at.append(start + self.seconds)
        return 0.0

    def in_use(self) -> int:
        """Count those who passed so lately that they keep others from passing."""
        now = self._clock()
        return sum(at > now for at in self._free_at or ())

    def _spread(self, free_at: deque[float]) -> deque[float]:
        """Let the places become free one after another instead of all together."""
        # Those of a flood are spread already, but for what a clock is inexact.
        if free_at[-1] - free_at[0] < 0.8 * self._gap * (self.most - 1):
            at = free_at[0] - self._gap
            spread = [at := max(place, at + self._gap) for place in free_at]
            free_at = self._free_at = deque(spread)
        return free_at
