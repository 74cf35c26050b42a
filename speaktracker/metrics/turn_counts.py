"""What one turn of the event loop counts, added to Prometheus' metrics together at its end.

Each addition takes a lock and two calls: for every status that is a tenth of all it costs.
"""

import asyncio
from bisect import bisect_left
from typing import Final

from prometheus_client import Counter, Histogram

from speaktracker import clock
from speaktracker.metrics.delay_sample import DelaySample


class TurnCounts:
    """Counts and delays, of the event loop that is running, until the end of the turn."""

    def __init__(self, delay: Histogram, sample: DelaySample) -> None:
        """Observe in `delay`, and in `sample` where it is kept."""
        self._sample: Final = sample
        self._counted: list[Counter] = []
        self._received: list[float] = []
        # The parts of the histogram, whose own `observe` (prometheus_client is pinned) looks for
        # the bucket in a loop, and adds one delay at a time.
        self._add_seconds = delay._sum.inc
        self._add_to_bucket = [bucket.inc for bucket in delay._buckets]
        self._upper_bounds = delay._upper_bounds

    def count(self, counter: Counter) -> None:
        """Have `counter` count one more."""
        if not (self._counted or self._received):
            asyncio.get_running_loop().call_soon(self.settle)
        self._counted.append(counter)

    def written(self, received: float) -> None:
        """Have the delay of a status observed that came at `received` (epoch s)."""
        if not (self._counted or self._received):
            asyncio.get_running_loop().call_soon(self.settle)
        self._received.append(received)

    def settle(self) -> None:
        """Add what was counted; harmless to repeat."""
        counted, self._counted = self._counted, []
        received, self._received = self._received, []
        counts: dict[Counter, int] = {}
        for counter in counted:
            counts[counter] = counts.get(counter, 0) + 1
        for counter, count in counts.items():
            counter.inc(count)
        if received:
            self.observe(received)

    def observe(self, received: list[float]) -> None:
        """Observe now the delays of statuses that came at these times (epoch s)."""
        now, seconds = clock.epoch(), 0.0
        buckets: dict[int, int] = {}
        for at in received:
            # Another machine received it, whose clock may be a little ahead.
            delay = max(now - at, 0.0)
            seconds += delay
            bucket = bisect_left(self._upper_bounds, delay)
            buckets[bucket] = buckets.get(bucket, 0) + 1
            if self._sample.is_kept:
                self._sample.add(delay)
        self._add_seconds(seconds)
        for bucket, count in buckets.items():
            self._add_to_bucket[bucket](count)
