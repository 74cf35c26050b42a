"""The least time between two puts of a key, for a table whose records change often."""

import time
from collections.abc import Collection

from speaktracker.persistence.records import Key


class PutIntervals:
    """Remembers which keys were put in the last `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._put_at: dict[Key, float] = {}

    def waits(self, keys: Collection[Key]) -> dict[Key, float]:
        """Find those of `keys` that were put too recently, each with the seconds left to wait."""
        now = time.monotonic()
        self._put_at = {key: at for key, at in self._put_at.items() if at + self._seconds > now}
        recent = self._put_at.keys() & keys
        return {key: round(self._put_at[key] + self._seconds - now, 1) for key in recent}

    def note(self, keys: Collection[Key]) -> None:
        """Note that `keys` were put just now."""
        self._put_at.update(dict.fromkeys(keys, time.monotonic()))
