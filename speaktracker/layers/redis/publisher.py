"""The publishing half of the bus."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

import hiredis

from speaktracker.exceptions import Unavailable
from speaktracker.layers.redis.address import RedisAddress
from speaktracker.layers.redis.kept_link import Link
from speaktracker.layers.redis.resp_wire import Answer, Wire, command

# About two seconds of a very busy process; beyond it the caller hears at once that it is too much.
LONGEST_BACKLOG: Final = 10_000


class Publisher(Link):
    """Publish without a round trip each, and still tell each caller what became of it."""

    def __init__(self, address: RedisAddress, on_demotion: Callable[[str], None]) -> None:
        super().__init__(address)
        self._on_demotion = on_demotion
        self._early: deque[tuple[bytes, Answer]] = deque()

    async def publish(self, topic: bytes, payload: bytes) -> None:
        """Publish and wait for Redis' answer; Unavailable within about 2 s if there is none."""
        self._begin()
        try:
            await self._queue(command(b"PUBLISH", topic, payload))
        except (OSError, hiredis.ReplyError) as error:
            raise Unavailable(f"Redis did not take the event: {error}") from None

    def check(self) -> None:
        """Raise Unavailable when Redis is known to be away, or far behind."""
        if self.wire is None or self.wire.backlog >= LONGEST_BACKLOG:
            self._begin()
            self._check_backlog()

    def tell(self, topic: bytes, payload: bytes) -> None:
        """Publish without waiting, what `check` found possible; else it is lost."""
        framed = command(b"PUBLISH", topic, payload)
        if self.wire is not None:
            self.wire.tell(framed)
        elif not self.down:
            self._early_put(framed).add_done_callback(_seen)

    def _begin(self) -> None:
        """Connect if nobody has yet; Unavailable when Redis is known to be away."""
        self.start()
        if self.down:
            raise Unavailable(f"Other processes did not get the event: {self.trouble}")

    def _check_backlog(self) -> None:
        if len(self._early) + (self.wire.backlog if self.wire else 0) >= LONGEST_BACKLOG:
            raise Unavailable("Too many events wait for Redis; try again later.")

    def _queue(self, framed: bytes) -> Answer:
        self._check_backlog()
        return self._early_put(framed) if self.wire is None else self.wire.ask(framed)

    def _early_put(self, framed: bytes) -> Answer:
        answer: Answer = asyncio.get_running_loop().create_future()
        self._early.append((framed, answer))
        return answer

    async def _opened(self, wire: Wire) -> None:
        while self._early:
            wire.ask(*self._early.popleft())

    def _failed(self, reason: str) -> None:
        while self._early:
            _, answer = self._early.popleft()
            if not answer.done():
                answer.set_exception(ConnectionError(reason))

    async def _check(self, wire: Wire) -> None:
        if not await self._address.is_master(wire):
            # A demoted master takes what is published and forwards it to nobody.
            self._on_demotion("it is no longer the master")
            wire.abort("it is no longer the master")


def _seen(answer: Answer) -> None:
    if not answer.cancelled():
        answer.exception()  # nobody waits for it; the link has logged that Redis is away
