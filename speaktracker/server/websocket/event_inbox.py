"""The bounded queue between a socket and its application."""

import asyncio
from collections.abc import Callable
from typing import Any

from speaktracker.transport.wake_up_event import WakeUpEvent

Event = dict[str, Any]


class Inbox:
    """A queue that calls `on_full` when it is full, and `on_room` once half of it has been read.

    Nothing is refused: whoever fills it stops reading from the peer while `full_up` holds.
    """

    __slots__ = ("_events", "_limit", "_on_full", "_on_room", "_wake_up", "full_up", "is_awaited")

    def __init__(
        self, limit: int, on_full: Callable[[], None], on_room: Callable[[], None]
    ) -> None:
        self._events: list[Event] = []
        self._wake_up = WakeUpEvent()
        self._limit = limit
        self._on_full = on_full
        self._on_room = on_room
        self.full_up = False
        # Somebody waits, and nothing is on its way to them.
        self.is_awaited = False

    def empty(self) -> bool:
        """Tell whether nothing waits."""
        return not self._events

    def put_nowait(self, event: Event) -> None:
        """Queue an event; daphne's protocols call it by this name."""
        self._events.append(event)
        self.is_awaited = False
        self._wake_up.set()
        if len(self._events) >= self._limit and not self.full_up:
            self.full_up = True
            self._on_full()

    async def get(self) -> Event:
        """Wait for the oldest event."""
        while not self._events:
            self._wake_up.clear()
            self.is_awaited = True
            try:
                await self._wake_up.wait()
            finally:
                self.is_awaited = False
        return self.get_nowait()

    def get_nowait(self) -> Event:
        """Take the oldest event; raises IndexError without one."""
        event = self._events.pop(0)
        if self.full_up and len(self._events) <= self._limit // 2:
            self.full_up = False
            # Never from inside the reader: it would be fed while it is being read.
            asyncio.get_running_loop().call_soon(self._on_room)
        return event
