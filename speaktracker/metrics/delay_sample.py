"""A sample of delays for whoever takes single values and no histogram, as CloudWatch does."""

import random
from typing import Final

# Enough for a 99th percentile that is within a tenth of a percent of the true rank.
KEPT: Final = 10_000


class DelaySample:
    """Keeps what is observed between two calls of `take`, each value as likely as any other."""

    def __init__(self) -> None:
        self._values: list[float] = []
        self._seen = 0
        self.is_kept = False

    def add(self, seconds: float) -> None:
        """Note one delay; whoever observes asks `is_kept` first, which costs no call."""
        self._seen += 1
        if len(self._values) < KEPT:
            self._values.append(seconds)
        elif (place := random.randrange(self._seen)) < KEPT:
            self._values[place] = seconds

    def take(self, most: int) -> list[float]:
        """Return the delays since the last call, in order, and begin anew.

        More than `most` are told by `most` values that stand for equal parts of them, the longest
        among them, so that each percentile stays what it was.
        """
        values, self._values, self._seen = sorted(self._values), [], 0
        if len(values) <= most:
            return values
        return [values[-(-len(values) * part // most) - 1] for part in range(1, most + 1)]
