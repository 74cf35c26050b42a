"""Publishing over a channel layer that is not ours: one writer a loop, in order, bounded.

Such a layer can only be awaited, and a hint never is: what is told waits here for its writer.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakKeyDictionary

from realtime.broadcast.unpublished_events import unpublished_events
from speaktracker.exceptions import Unavailable

Event = dict[str, Any]
# A layer's `send` or `group_send`: takes the name of a channel or a group, and the event.
Send = Callable[[str, Event], Awaitable[None]]

# Beyond this many the oldest hint gives way: the facts are in SQL, and every reader checks there.
BOUND = 10_000


class HintWriter:
    """What waits for a foreign layer; its task lives while something does."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Send, str, Event]] = deque(maxlen=BOUND)
        self._task: asyncio.Task[None] | None = None

    def put(self, send: Send, name: str, event: Event) -> None:
        """Have `event` sent after what waits already."""
        if len(self._waiting) == BOUND:
            unpublished_events.met("too many wait for the channel layer, the oldest is dropped")
        self._waiting.append((send, name, event))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write())

    async def drain(self) -> None:
        """Wait until nothing waits."""
        if self._task is not None:
            await asyncio.shield(self._task)

    async def _write(self) -> None:
        while self._waiting:
            send, name, event = self._waiting.popleft()
            try:
                await send(name, event)
            except (Unavailable, OSError) as error:
                unpublished_events.met(error)
            else:
                unpublished_events.over()


_writers: WeakKeyDictionary[asyncio.AbstractEventLoop, HintWriter] = WeakKeyDictionary()


def send_soon(send: Send, name: str, event: Event) -> None:
    """Send `event` without being waited for, in the order of the calls."""
    _writers.setdefault(asyncio.get_running_loop(), HintWriter()).put(send, name, event)


async def drain() -> None:
    """Wait until what this loop told foreign layers has been handed over."""
    if (writer := _writers.get(asyncio.get_running_loop())) is not None:
        await writer.drain()
