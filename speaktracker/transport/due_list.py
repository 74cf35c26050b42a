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
        if item in self._due_at:
            self.drop(item)
        if at < math.inf:
            self._due_at[item] = at
            number = int(at / self._tick)
            tick = self._ticks.get(number)
            if tick is None:
                self._ticks[number] = {item}
            else:
                tick.add(item)

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
        due: list[Item] = []
        latest = int(now / self._tick)
        for number in sorted(number for number in self._ticks if number <= latest):
            tick = self._ticks.pop(number)
            if number == latest:  # it is not over: some of it may be due later
                later = {item for item in tick if self._due_at[item] > now}
                if later:
                    self._ticks[number] = later
                    tick -= later
            due += tick
        for item in due:
            del self._due_at[item]
        return due
