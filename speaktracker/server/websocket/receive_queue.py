"""The bounded queue that an application's `receive` reads from."""

import asyncio
from collections.abc import Callable
from typing import Any

from speaktracker.transport.wake_up_event import WakeUpEvent


class ReceiveQueue:
    """A queue that calls `on_full` when it is full, and `on_room` once half of it has been read.

    Nothing is refused: whoever fills it stops reading from the peer while `is_full` holds, which
    ends only at the half, so that a peer is not paused and resumed for every message.
    """

    __slots__ = ("_events", "_limit", "_on_full", "_on_room", "_wake_up", "is_awaited", "is_full")

    def __init__(
        self, limit: int, on_full: Callable[[], None], on_room: Callable[[], None]
    ) -> None:
        self._events: list[dict[str, Any]] = []
        self._wake_up = WakeUpEvent()
        self._limit = limit
        self._on_full = on_full
        self._on_room = on_room
        self.is_full = False
        # The application waits, and no event is on its way to it. Without the second half a text
        # handled where it is read would overtake the event that is about to wake the application.
        self.is_awaited = False

    def empty(self) -> bool:
        """Tell whether nothing waits."""
        return not self._events

    def put_nowait(self, event: dict[str, Any]) -> None:
        """Queue an event; daphne's protocols call it by this name."""
        self._events.append(event)
        self.is_awaited = False
        self._wake_up.set()
        if len(self._events) >= self._limit and not self.is_full:
            self.is_full = True
            self._on_full()

    async def get(self) -> dict[str, Any]:
        """Wait for the oldest event and take it."""
        while not self._events:
            self._wake_up.clear()
            self.is_awaited = True
            try:
                await self._wake_up.wait()
            finally:
                self.is_awaited = False
        return self.get_nowait()

    def get_nowait(self) -> dict[str, Any]:
        """Take the oldest event; raises IndexError without one."""
        event = self._events.pop(0)
        if self.is_full and len(self._events) <= self._limit // 2:
            self.is_full = False
            # Never from inside the reader: it would be fed while it is being read.
            asyncio.get_running_loop().call_soon(self._on_room)
        return event
