"""The publishing half of the bus: events that are waited for, and hints that leave together."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import hiredis

from speaktracker.exceptions import Unavailable
from speaktracker.layers.redis.address import RedisAddress
from speaktracker.layers.redis.dialing import is_master
from speaktracker.layers.redis.kept_link import Link
from speaktracker.layers.redis.resp_wire import Answer, Wire, command
from speaktracker.layers.redis.subscriber import Subscriber

# About two seconds of a very busy process; beyond it the caller is told at once.
LONGEST_BACKLOG: Final = 10_000
# Nobody waits for a hint's answer, and no eye sees a millisecond; a busy process saves most of its
# conversation with Redis. What comes after a quiet time leaves in the same turn of the loop.
TOGETHER_SECONDS: Final = 0.001
Seal = Callable[[bytes, bytes], bytes]
# A topic, what is published there as a command, and who waits for what becomes of it.
Publication = tuple[bytes, bytes, Answer | None]


class Publisher(Link):
    """Publish without a round trip each, and still tell those who wait what became of it.

    `seal` makes the envelope of a body for a topic. What is published on `inbox` must come to the
    `subscriber`, or the two have got apart and both connect anew.
    """

    PUBLISH = b"PUBLISH"

    def __init__(
        self, address: RedisAddress, seal: Seal, subscriber: Subscriber, inbox: bytes
    ) -> None:
        super().__init__(address)
        self._loop = asyncio.get_running_loop()
        self._seal = seal
        self._subscriber = subscriber
        self._inbox = inbox
        self._early: deque[Publication] = deque()
        self._hints: dict[bytes, list[bytes]] = {}
        self._flush_due: asyncio.Handle | None = None
        self._flushed_at = 0.0

    async def publish(self, topic: bytes, payload: bytes) -> None:
        """Publish and wait for Redis' answer; Unavailable within about 2 s if there is none."""
        self.flush()
        self.check()
        answer: Answer = self._loop.create_future()
        self._publish(topic, self._framed(topic, payload), answer)
        try:
            await answer
        except (OSError, hiredis.ReplyError) as error:
            raise Unavailable(f"Redis did not take the event: {error}") from None

    def publish_nowait(self, topic: bytes, payload: bytes) -> None:
        """Publish with what else this topic gets within a millisecond, in the order given.

        Unavailable when that is known to be impossible; what is lost after it is lost.
        """
        if self.wire is None or self.wire.backlog >= LONGEST_BACKLOG:
            self.check()
        if (hints := self._hints.get(topic)) is not None:
            hints.append(payload)
            return
        self._hints[topic] = [payload]
        if self._flush_due is None:
            if self._loop.time() - self._flushed_at < TOGETHER_SECONDS:
                self._flush_due = self._loop.call_later(TOGETHER_SECONDS, self.flush)
            else:
                self._flush_due = self._loop.call_soon(self.flush)

    def publish_alone(self, topic: bytes, payload: bytes) -> None:
        """Publish without waiting and without company, after the hints that wait already.

        Unavailable when that is known to be impossible; what is lost after it is lost.
        """
        self.flush()
        self.check()
        self._publish(topic, self._framed(topic, payload), None)

    def flush(self) -> None:
        """Publish the hints that wait: before anything else that must not overtake them."""
        if self._flush_due is None:
            return
        self._flush_due.cancel()
        self._flush_due = None
        self._flushed_at = self._loop.time()
        hints, self._hints = self._hints, {}
        for topic, payloads in hints.items():
            envelope = self._seal(topic, b"".join(payloads))
            self._publish(topic, command(self.PUBLISH, topic, envelope), None)

    def _framed(self, topic: bytes, payload: bytes) -> bytes:
        return command(self.PUBLISH, topic, self._seal(topic, payload))

    def _publish(self, topic: bytes, framed: bytes, answer: Answer | None) -> None:
        if self.wire is None:
            if not self.down:
                self._early.append((topic, framed, answer))
        elif answer is None:
            self.wire.send(framed)
        else:
            self.wire.ask(framed, answer)

    def check(self) -> None:
        """Connect if nobody has yet; Unavailable when Redis is known to be away, or far behind."""
        self.start()
        if self.down:
            raise Unavailable(f"Other processes did not get the event: {self.trouble}")
        if len(self._early) + (self.wire.backlog if self.wire else 0) >= LONGEST_BACKLOG:
            raise Unavailable("Too many events wait for Redis; try again later.")

    async def on_open(self, wire: Wire) -> None:  # noqa: ARG002
        """Send what came while there was no connection."""
        while self._early:
            self._publish(*self._early.popleft())

    def on_failed(self, reason: str) -> None:
        """Tell those who wait that it came to nothing."""
        while self._early:
            *_, answer = self._early.popleft()
            if answer is not None and not answer.done():
                answer.set_exception(ConnectionError(reason))

    async def probe(self, wire: Wire) -> None:
        """Leave a demoted master: it takes what is published and forwards it to nobody."""
        if not await is_master(self._address, wire):
            reason = "it is no longer the master"
        elif not await self._is_heard_here(wire):
            reason = "what is published here is not heard here"
        else:
            return
        self._subscriber.drop(reason)
        wire.abort(reason)

    async def _is_heard_here(self, wire: Wire) -> bool:
        there = self._subscriber.wire
        if there is None or not self._subscriber.is_confirmed(self._inbox):
            return True
        with suppress(hiredis.ReplyError):  # who may not publish hears of that elsewhere
            receivers = await wire.ask(self._framed(self._inbox, b""))
            return bool(receivers) or there is not self._subscriber.wire
        return True
