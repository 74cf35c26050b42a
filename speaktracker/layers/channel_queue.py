"""One channel's place in this process: a sink for ready events, a bounded queue behind it."""

import asyncio
import logging
from collections.abc import Callable

from speaktracker.layers.packed_events import LAGGED, Event
from speaktracker.transport.wake_up_event import WakeUpEvent

logger = logging.getLogger(__name__)

Sink = Callable[[Event], bool]


class Mailbox:
    """Keep what one channel has not received yet; other loops may only call `deliver`."""

    __slots__ = (
        "_arrived",
        "_capacity",
        "_closed",
        "_events",
        "_lagged",
        "_warned",
        "groups",
        "loop",
        "name",
        "sink",
    )

    def __init__(self, name: str, loop: asyncio.AbstractEventLoop, capacity: int) -> None:
        self.name = name
        self.loop = loop
        self.sink: Sink | None = None
        self.groups: set[str] = set()
        self._capacity = capacity
        self._events: list[Event] = []
        self._arrived = WakeUpEvent()
        self._lagged = self._closed = self._warned = False

    def deliver(self, event: Event) -> bool:
        """Have `event` put in within the owner's loop, from another one. False: it is closed."""
        try:
            self.loop.call_soon_threadsafe(self.put, event)
        except RuntimeError:
            return False
        return True

    def put(self, event: Event) -> None:
        """Offer `event` to the sink, else queue it; a full queue loses its oldest event."""
        if self._closed:
            return
        if self.sink is not None:
            try:
                if self.sink(event):
                    return
            except Exception:
                self._complain()
        if len(self._events) == self._capacity:
            self._lagged = True
            del self._events[0]
        self._events.append(event)
        self._arrived.set()

    async def get(self) -> Event:
        """Wait for the oldest event; after a loss one `layer.lagged` comes before it."""
        while not self._events:
            self._arrived.clear()
            await self._arrived.wait()
        if self._lagged:
            self._lagged = False
            return {"type": LAGGED}
        return self._events.pop(0)

    def close(self) -> None:
        """Take nothing more, not even what another loop has already sent on its way."""
        self._closed = True
        self.sink = None
        self._events.clear()

    def _complain(self) -> None:
        # One broken socket must not cost the other members theirs, nor flood the log.
        if not self._warned:
            self._warned = True
            logger.exception("The sink of channel %s failed; its events are queued.", self.name)
