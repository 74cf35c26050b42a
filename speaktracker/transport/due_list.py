"""Who is to be looked at when, so that a duty visits those who are due and not everybody."""

import math
from collections.abc import Hashable
from typing import Generic, TypeVar

Item = TypeVar("Item", bound=Hashable)


class DueList(Generic[Item]):
    """Items, each due once, at a time in seconds of whoever asks; they lie in ticks of `tick`."""

    def __init__(self, tick: float = 1.0) -> None:
        self._tick = tick
        self._due_at: dict[Item, float] = {}
        self._ticks: dict[int, set[Item]] = {}

    def plan(self, item: Item, at: float) -> None:
        """Have `item` due at `at`, and not when it was due before; never at infinity."""
        self.drop(item)
        if at < math.inf:
            self._due_at[item] = at
            self._ticks.setdefault(int(at / self._tick), set()).add(item)

    def drop(self, item: Item) -> None:
        """Have `item` not due any more; harmless where it is not."""
        at = self._due_at.pop(item, None)
        if at is not None:
            number = int(at / self._tick)
            self._ticks[number].discard(item)
            if not self._ticks[number]:
                del self._ticks[number]

    def take(self, now: float) -> list[Item]:
        """Take out what is due at `now`."""
        latest = now / self._tick
        ticks = [self._ticks[number] for number in sorted(self._ticks) if number <= latest]
        due = [item for tick in ticks for item in tick if self._due_at[item] <= now]
        for item in due:
            self.drop(item)
        return due
