"""The channels of this process, the groups they are in, and delivery to them."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress

from speaktracker.layers.packed_events import LAGGED, Event
from speaktracker.layers.running_loop import running_loop
from speaktracker.transport.wake_up_event import WakeUpEvent

logger = logging.getLogger(__name__)

Sink = Callable[[Event], None]


class ChannelQueue:
    """One channel: a sink for its events, or a bounded queue of what nobody has received yet.

    Other loops than the owner's may only call `deliver`.
    """

    __slots__ = (
        "_arrived",
        "_capacity",
        "_closed",
        "_events",
        "_lagged",
        "_sink",
        "_warned",
        "groups",
        "loop",
        "name",
    )

    def __init__(self, name: str, loop: asyncio.AbstractEventLoop, capacity: int) -> None:
        self.name = name
        self.loop = loop
        self.groups: set[str] = set()
        self._sink: Sink | None = None
        self._capacity = capacity
        self._events: list[Event] = []
        self._arrived = WakeUpEvent()
        self._lagged = self._closed = self._warned = False

    def attach(self, sink: Sink) -> None:
        """Give each event to `sink` from now on, and what waits already."""
        self._sink = sink
        self._arrived.set()  # who waits in `get` would do so for ever
        waiting, self._events = self._events, []
        for event in waiting:
            self.put(event)

    def deliver(self, event: Event) -> bool:
        """Have `event` put in within the owner's loop, from another one. False: it is closed."""
        try:
            self.loop.call_soon_threadsafe(self.put, event)
        except RuntimeError:
            return False
        return True

    def put(self, event: Event) -> None:
        """Give `event` to the sink, else queue it; a full queue loses its oldest event."""
        if self._closed:
            return
        if self._sink is not None:
            try:
                self._sink(event)
            except Exception:
                # One broken socket must not cost the other members theirs, nor flood the log.
                if not self._warned:
                    self._warned = True
                    logger.exception("An event was lost on channel %s.", self.name)
            return
        if len(self._events) == self._capacity:
            self._lagged = True
            del self._events[0]
        self._events.append(event)
        self._arrived.set()

    async def get(self) -> Event:
        """Wait for the oldest event; after a loss one `layer.lagged` comes before it.

        RuntimeError once nothing can come any more.
        """
        while not self._events:
            if self._closed:
                raise RuntimeError(f"Channel {self.name} has ended.")
            if self._sink is not None:
                raise RuntimeError(f"The events of channel {self.name} go to a sink.")
            self._arrived.clear()
            await self._arrived.wait()
        if self._lagged:
            self._lagged = False
            return {"type": LAGGED}
        return self._events.pop(0)

    def close(self) -> None:
        """Take nothing more, not even what another loop has already sent on its way."""
        self._closed = True
        self._events.clear()
        if self._sink is None:
            # Whoever waits is told. A loop that is closed has nobody who waits.
            with suppress(RuntimeError):
                self.loop.call_soon_threadsafe(self._arrived.set)
        self._sink = None


class LocalChannels:
    """Connect names with channel queues; safe from every thread and event loop of the process."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._lock = threading.Lock()
        self._queues: dict[str, ChannelQueue] = {}
        self._groups: dict[str, dict[str, ChannelQueue]] = {}
        # What `members` found, until somebody comes or goes: it is asked for each event.
        self._members: dict[str, tuple[ChannelQueue, ...]] = {}

    def open(self, channel: str) -> ChannelQueue:
        """Find the queue of `channel`, or make one that belongs to the running loop."""
        with self._lock:
            found = self._queues.get(channel)
            if found is not None and not found.loop.is_closed():
                return found
            stale = self._unlink(channel)
            made = ChannelQueue(channel, asyncio.get_running_loop(), self._capacity)
            self._queues[channel] = made
        if stale is not None:
            stale.close()
        return made

    def find(self, channel: str) -> ChannelQueue | None:
        """Find the queue of `channel`, if it has one."""
        return self._queues.get(channel)

    def join(self, group: str, queue: ChannelQueue) -> bool:
        """Make `queue` a member of `group`; False when it was one already."""
        with self._lock:
            if group in queue.groups:
                return False
            queue.groups.add(group)
            self._groups.setdefault(group, {})[queue.name] = queue
            self._members.pop(group, None)
            return True

    def leave(self, group: str, queue: ChannelQueue) -> bool:
        """End the membership of `queue` in `group`; False when there was none."""
        with self._lock:
            if group not in queue.groups:
                return False
            self._drop_member(group, queue)
            queue.groups.discard(group)
            return True

    def forget(self, channel: str) -> ChannelQueue | None:
        """Drop `channel`, its memberships and what waits; its queue still names its groups."""
        with self._lock:
            queue = self._unlink(channel)
        if queue is not None:
            queue.close()
        return queue

    def flush(self) -> None:
        """Drop every channel and every group."""
        with self._lock:
            queues = list(self._queues.values())
            self._queues.clear()
            self._groups.clear()
            self._members.clear()
        for queue in queues:
            queue.close()

    def members(self, group: str) -> tuple[ChannelQueue, ...]:
        """List the queues of `group` as they are now."""
        found = self._members.get(group)
        if found is None:
            with self._lock:
                found = tuple(self._groups.get(group, {}).values())
                if found:
                    self._members[group] = found
        return found

    def everyone(self) -> list[ChannelQueue]:
        """List every queue of the process."""
        with self._lock:
            return list(self._queues.values())

    def deliver(self, queues: Iterable[ChannelQueue], event: Event) -> None:
        """Hand `event` to each queue in its own loop; those of a closed loop are dropped."""
        here = running_loop()
        for queue in queues:
            if queue.loop is here:
                queue.put(event)
            elif not queue.deliver(event):
                self.forget(queue.name)

    def _unlink(self, channel: str) -> ChannelQueue | None:
        queue = self._queues.pop(channel, None)
        if queue is not None:
            for group in queue.groups:
                self._drop_member(group, queue)
        return queue

    def _drop_member(self, group: str, queue: ChannelQueue) -> None:
        members = self._groups.get(group, {})
        members.pop(queue.name, None)
        self._members.pop(group, None)
        if not members:
            self._groups.pop(group, None)
