"""Many durations in little memory: a histogram of exponential buckets, and its quantiles. Pure."""

import math
from collections.abc import Iterator
from itertools import pairwise

SMALLEST_SECONDS = 1e-5
# Neighbouring bounds differ by 4 %, so a quantile is right to 2 %; 500 buckets reach 50 minutes.
_GROWTH = math.log(1.04)
_BUCKETS = 500
BOUNDS_MS = (0, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, math.inf)


class Latencies:
    """Durations in seconds, counted by size."""

    def __init__(self) -> None:
        self._counts = [0] * _BUCKETS
        self.count = 0
        self.longest = 0.0

    def add(self, seconds: float) -> None:
        """Count one duration."""
        size = max(seconds, SMALLEST_SECONDS) / SMALLEST_SECONDS
        self._counts[min(int(math.log(size) / _GROWTH), _BUCKETS - 1)] += 1
        self.count += 1
        self.longest = max(self.longest, seconds)

    def quantile(self, share: float) -> float:
        """Return the duration that `share` (0-1) of all do not exceed; 0.0 when there are none."""
        wanted = math.ceil(share * self.count) or 1
        seen = 0
        for number, count in enumerate(self._counts):
            seen += count
            if seen >= wanted:
                return min(_middle(number), self.longest)
        return self.longest

    def rows(self) -> Iterator[tuple[float, float, int]]:
        """Yield lower bound and upper bound in ms, and count, from the first to the last not 0."""
        middles = [_middle(number) * 1000 for number in range(_BUCKETS)]
        rows = [
            (
                low,
                high,
                sum(n for at, n in zip(middles, self._counts, strict=True) if low <= at < high),
            )
            for low, high in pairwise(BOUNDS_MS)
        ]
        filled = [number for number, row in enumerate(rows) if row[2]]
        yield from rows[filled[0] : filled[-1] + 1] if filled else ()

    def figures(self) -> dict[str, object]:
        """Sum up in milliseconds."""
        quantiles = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
        return {
            "count": self.count,
            **{name: _ms(self.quantile(share)) for name, share in quantiles.items()},
            "max": _ms(self.longest),
            "histogram": [
                {"from": low, "to": None if high == math.inf else high, "count": count}
                for low, high, count in self.rows()
            ],
        }


def _middle(bucket: int) -> float:
    return SMALLEST_SECONDS * math.exp((bucket + 0.5) * _GROWTH)


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)
