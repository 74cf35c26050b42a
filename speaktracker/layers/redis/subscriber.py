"""The subscribing half of the bus."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Collection
from functools import partial
from typing import Final

import hiredis

from speaktracker.layers.redis.address import RedisAddress
from speaktracker.layers.redis.dialing import PING, dial
from speaktracker.layers.redis.kept_link import Link
from speaktracker.layers.redis.resp_wire import Answer, OnMessage, Wire, command

logger = logging.getLogger(__name__)

# Told the topics of which something may have been missed.
OnGap = Callable[[Collection[bytes]], None]
CONFIRM_TIMEOUT: Final = 2.0


class Subscriber(Link):
    """Receive the topics that somebody here wants, each subscribed once however many want it.

    `on_gap` is called when a new connection follows a time in which something may have been missed.
    """

    SUBSCRIBE = b"SUBSCRIBE"

    def __init__(self, address: RedisAddress, on_message: OnMessage, on_gap: OnGap) -> None:
        super().__init__(address)
        self._on_message = on_message
        self._on_gap = on_gap
        self._wanted: Counter[bytes] = Counter()
        self._unconfirmed: dict[bytes, Answer] = {}
        self._confirmed: set[bytes] = set()
        self._missed = False

    def subscribe(self, topic: bytes) -> None:
        """Subscribe to `topic`, or count one more who wants it."""
        self.start()
        self._wanted[topic] += 1
        if self._wanted[topic] == 1 and self.wire is not None:
            self._ask_for(topic, self.wire)

    def unsubscribe(self, topic: bytes) -> None:
        """Count one less who wants `topic`; without any it is unsubscribed."""
        self._wanted[topic] -= 1
        if self._wanted[topic] <= 0:
            del self._wanted[topic]
            self._confirmed.discard(topic)
            if self.wire is not None:
                self._leave(topic, self.wire)

    def wants(self, topic: bytes) -> bool:
        """Tell whether somebody here wants `topic`."""
        return topic in self._wanted

    def is_confirmed(self, topic: bytes) -> bool:
        """Tell whether Redis has confirmed `topic` on the connection that stands."""
        return topic in self._confirmed

    async def confirmed(self, topic: bytes) -> None:
        """Wait until Redis has confirmed `topic`; while it is away return, a gap will follow."""
        if (answer := self._unconfirmed.get(topic)) is not None:
            await asyncio.wait([answer], timeout=CONFIRM_TIMEOUT)
        elif not self.settled.is_set():
            try:
                async with asyncio.timeout(CONFIRM_TIMEOUT):
                    await self.settled.wait()
            except TimeoutError:
                self._missed = True

    async def dial(self) -> Wire:
        """Make a connection that takes messages."""
        return await dial(self._address, Wire(self._on_message))

    async def on_open(self, wire: Wire) -> None:
        """Subscribe to everything again; what was missed meanwhile is a gap."""
        for topic in self._wanted:
            self._ask_for(topic, wire)
        await wire.ask(PING)
        if self._missed:
            self._missed = False
            self._on_gap([*self._wanted])

    def on_lost(self) -> None:
        """Note that from now on messages are missed."""
        self._missed = True
        self._confirmed.clear()

    def on_failed(self, reason: str) -> None:  # noqa: ARG002
        """Note that messages are being missed."""
        self._missed = True

    async def probe(self, wire: Wire) -> None:
        """Ask all that a subscribed connection may ask; the publisher sees a failover."""
        await wire.ask(PING)

    def _ask_for(self, topic: bytes, wire: Wire) -> None:
        answer = self._unconfirmed[topic] = wire.ask(command(self.SUBSCRIBE, topic))
        answer.add_done_callback(partial(self._confirm, topic, wire))

    def _leave(self, topic: bytes, wire: Wire) -> None:
        wire.send(command(b"UNSUBSCRIBE", topic))

    def _confirm(self, topic: bytes, wire: Wire, answer: Answer) -> None:
        if self._unconfirmed.get(topic) is answer:
            del self._unconfirmed[topic]
        error = None if answer.cancelled() else answer.exception()
        if error is None and wire is self.wire and topic in self._wanted:
            self._confirmed.add(topic)
        if isinstance(error, hiredis.ReplyError):
            logger.error("Redis refuses the subscription of %s: %s", topic.decode(), error)
