"""The listening half of the bus."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from typing import Final

import hiredis

from speaktracker.layers.redis.address import RedisAddress
from speaktracker.layers.redis.kept_link import Link
from speaktracker.layers.redis.resp_wire import Answer, Push, Wire, command

logger = logging.getLogger(__name__)

CONFIRM_TIMEOUT: Final = 2.0
_PING: Final = command(b"PING")


class Subscriber(Link):
    """Hear the topics that somebody here wants, each subscribed once however many want it."""

    def __init__(self, address: RedisAddress, on_push: Push, on_gap: Callable[[], None]) -> None:
        super().__init__(address)
        self._on_push = on_push
        self._on_gap = on_gap
        self._wanted: Counter[bytes] = Counter()
        self._unconfirmed: dict[bytes, Answer] = {}
        self._missed = False

    def want(self, topic: bytes) -> None:
        """Subscribe to `topic`, or count one more who wants it."""
        self.start()
        self._wanted[topic] += 1
        if self._wanted[topic] == 1 and self.wire is not None:
            self._subscribe(self.wire, topic)

    def release(self, topic: bytes) -> None:
        """Count one less who wants `topic`; without any it is unsubscribed."""
        self._wanted[topic] -= 1
        if self._wanted[topic] <= 0:
            del self._wanted[topic]
            if self.wire is not None:
                self.wire.tell(command(b"UNSUBSCRIBE", topic))

    async def listening(self, topic: bytes) -> None:
        """Wait until Redis has confirmed `topic`; while it is away return, a gap will follow."""
        if (answer := self._unconfirmed.get(topic)) is not None:
            await asyncio.wait([answer], timeout=CONFIRM_TIMEOUT)
        elif not self.settled.is_set():
            await self._settle()

    def _subscribe(self, wire: Wire, topic: bytes) -> None:
        answer = wire.ask(command(b"SUBSCRIBE", topic))
        self._unconfirmed[topic] = answer
        answer.add_done_callback(lambda answer: self._confirm(topic, answer))

    async def _settle(self) -> None:
        try:
            async with asyncio.timeout(CONFIRM_TIMEOUT):
                await self.settled.wait()
        except TimeoutError:
            self._missed = True

    def _confirm(self, topic: bytes, answer: Answer) -> None:
        if self._unconfirmed.get(topic) is answer:
            del self._unconfirmed[topic]
        error = None if answer.cancelled() else answer.exception()
        if isinstance(error, hiredis.ReplyError):
            logger.error("Redis refuses the subscription of %s: %s", topic.decode(), error)

    async def _dial(self) -> Wire:
        return await self._address.dial(self._on_push)

    async def _opened(self, wire: Wire) -> None:
        for topic in self._wanted:
            self._subscribe(wire, topic)
        await wire.ask(_PING)
        if self._missed:
            self._missed = False
            self._on_gap()

    def _lost(self) -> None:
        self._missed = True

    def _failed(self, reason: str) -> None:  # noqa: ARG002
        self._missed = True

    async def _check(self, wire: Wire) -> None:
        # A subscribed connection may ask nothing but this; the publisher sees a failover.
        await wire.ask(_PING)
