"""One channel whose events go to a function, on our own layer and on any other."""

import asyncio
import logging
from typing import Any, ClassVar, Self
from weakref import WeakKeyDictionary

from channels.layers import get_channel_layer

from speaktracker.layers.layer import ClassroomLayer
from speaktracker.layers.local_channels import Sink

logger = logging.getLogger(__name__)


class Subscription:
    """A channel of the default layer, made by `open`; ours hands events over without any task.

    Events that come between `open` and `start` wait. They are shared: read only. `has_failed` once
    a layer that is not ours has failed to receive: then nothing comes any more.
    """

    def __init__(self, layer: Any, channel: str) -> None:
        self.channel = channel
        self._layer = layer
        self.has_failed = self._is_closed = False
        self._reader: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, prefix: str = "specific.") -> "Subscription":
        """Open a channel that belongs to the running event loop."""
        layer = get_channel_layer()
        return cls(layer, await layer.new_channel(prefix))

    async def join(self, group: str) -> None:
        """Receive what is sent to `group` from now on; nothing once it was closed."""
        if not self._is_closed:
            await self._layer.group_add(group, self.channel)

    def start(self, on_event: Sink) -> None:
        """Give `on_event`, which must not block, each event, and what waits already."""
        # A socket may end while it is still being set up.
        if self._is_closed:
            return
        if isinstance(self._layer, ClassroomLayer):
            self._layer.attach(self.channel, on_event)
        else:
            self._reader = asyncio.create_task(self._read(on_event))

    def close(self) -> None:
        """Receive nothing more; harmless to repeat."""
        self._is_closed = True
        if self._reader is not None:
            self._reader.cancel()
        # Channels' own layers drop idle channels themselves.
        forget = getattr(self._layer, "forget", None)
        if forget is not None:
            forget(self.channel)

    async def _read(self, on_event: Sink) -> None:
        while True:
            try:
                event = await self._layer.receive(self.channel)
            except Exception as error:
                logger.warning("Channel %s receives nothing more: %s", self.channel, error)
                self.has_failed = True
                return
            try:
                on_event(event)
            except Exception:
                logger.exception("An event of type %s failed.", event.get("type"))


class SharedChannel:
    """A channel that everything in an event loop shares; each kind of it is a subclass.

    Its first user opens it, and the first one after it has failed opens it anew.
    """

    prefix: ClassVar[str]
    _opened: ClassVar[WeakKeyDictionary[asyncio.AbstractEventLoop, Any]]

    def __init_subclass__(cls) -> None:
        cls._opened = WeakKeyDictionary()

    def __init__(self, subscription: Subscription) -> None:
        self.subscription = subscription
        subscription.start(self.receive)

    @classmethod
    async def of_this_loop(cls) -> Self:
        """Return the running loop's, subscribed to the layer."""
        loop = asyncio.get_running_loop()
        found: Self | None = cls._opened.get(loop)
        if found is not None and not found.subscription.has_failed:
            return found
        subscription = await Subscription.open(cls.prefix)
        if cls._opened.get(loop) is not found:  # somebody else has opened one meanwhile
            subscription.close()
            return await cls.of_this_loop()
        opened = cls._opened[loop] = cls(subscription)
        return opened

    def receive(self, event: dict[str, Any]) -> None:
        """Take an event, without blocking; it is shared: read only."""
        raise NotImplementedError
