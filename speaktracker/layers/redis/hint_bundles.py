"""Hints that leave together: what is told to one topic within a millisecond is published as one."""

import asyncio
from collections.abc import Callable
from typing import Final

# Nobody waits for a hint's answer, and no eye sees a millisecond; a busy process saves most of its
# conversation with Redis. What comes after a quiet time leaves in the same turn of the loop.
TOGETHER_SECONDS: Final = 0.001


class Bundles:
    """Collect packed events by topic, in the order in which they came.

    `publish(topic, events)` gets the events of one topic one behind the other; it must not raise.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, publish: Callable[[bytes, bytes], None]
    ) -> None:
        self._loop = loop
        self._publish = publish
        self._waiting: dict[bytes, list[bytes]] = {}
        self._due: asyncio.Handle | None = None
        self._left_at = 0.0

    def add(self, topic: bytes, packed: bytes) -> None:
        """Have one event leave with the next bundle of its topic."""
        waiting = self._waiting.get(topic)
        if waiting is not None:
            waiting.append(packed)
            return
        self._waiting[topic] = [packed]
        if self._due is None:
            if self._loop.time() - self._left_at < TOGETHER_SECONDS:
                self._due = self._loop.call_later(TOGETHER_SECONDS, self.flush)
            else:
                self._due = self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Publish what waits: before anything else that must not overtake it."""
        if self._due is None:
            return
        self._due.cancel()
        self._due = None
        self._left_at = self._loop.time()
        bundles, self._waiting = self._waiting, {}
        for topic, events in bundles.items():
            self._publish(topic, b"".join(events))
