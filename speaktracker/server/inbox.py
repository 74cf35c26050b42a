"""The bounded queue between a socket and its application."""

import asyncio
from collections.abc import Callable
from typing import Any

Event = dict[str, Any]


class Inbox(asyncio.Queue[Event]):
    """A queue that calls `on_full` when it is full, and `on_room` once half of it has been read.

    Nothing is refused: whoever fills it stops reading from the peer while `full_up` holds.
    """

    def __init__(
        self, limit: int, on_full: Callable[[], None], on_room: Callable[[], None]
    ) -> None:
        super().__init__()
        self._limit = limit
        self._on_full = on_full
        self._on_room = on_room
        self.full_up = False

    def _put(self, item: Event) -> None:
        super()._put(item)
        if self.qsize() >= self._limit and not self.full_up:
            self.full_up = True
            self._on_full()

    def _get(self) -> Event:
        item = super()._get()
        if self.full_up and self.qsize() <= self._limit // 2:
            self.full_up = False
            # Never from inside the reader: it would be fed while it is being read.
            asyncio.get_running_loop().call_soon(self._on_room)
        return item
