"""A connection to Redis that is kept: made again after a loss, asked whether it is still there."""

import asyncio
import logging
import random
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from speaktracker.layers.redis.address import RedisAddress
from speaktracker.layers.redis.resp_wire import Wire

logger = logging.getLogger(__name__)

KEEP_ALIVE: Final = 3.0
LONGEST_PAUSE: Final = 2.0


class Link:
    """Own one connection and its task. `wire` is None without one; `down` after a failed try,
    for the reason `trouble`.

    Between a loss and the first failed try a link is neither: work may wait for it that long.
    """

    def __init__(self, address: RedisAddress) -> None:
        self.wire: Wire | None = None
        self.down = False
        self.trouble = ""
        self.settled = asyncio.Event()
        self.partner: Link | None = None
        self._hurry = asyncio.Event()
        # The reasons of an outage that were logged: each once, since a refusal needs somebody.
        self._logged: set[str] = set()
        self._address = address
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to connect, once; the task ends with its loop or with `close`."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._keep())

    def drop(self, reason: str) -> None:
        """Drop the connection, so that a new one is made."""
        if self.wire is not None:
            self.wire.abort(reason)

    def hurry(self) -> None:
        """Try again now, Redis was seen: work may wait for the outcome."""
        if self.down:
            self.down = False
            self.settled.clear()
            self._hurry.set()

    async def close(self) -> None:
        """End the connection and the task."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _dial(self) -> Wire:
        return await self._address.dial()

    async def _opened(self, wire: Wire) -> None:
        """Do what a new connection needs before it counts."""

    def _lost(self) -> None:
        """Note that an open connection has ended."""

    def _failed(self, reason: str) -> None:
        """Give up what waited for the connection."""

    async def _check(self, wire: Wire) -> None:
        """Ask whether the other side is there; a wire that hangs ends by itself."""
        await self._address.is_master(wire)

    async def _keep(self) -> None:
        pauses = _pauses()
        try:
            while True:
                if await self._connect():
                    pauses = _pauses()
                    await self._until_lost()
                # After a loss all processes come back at once: spread them.
                await self._pause(next(pauses))
        finally:
            self._failed("the connection was closed here")
            await self._hang_up()

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._hurry.wait()
        self._hurry.clear()

    async def _connect(self) -> bool:
        try:
            self.wire = await self._dial()
            if self.partner is not None:
                self.partner.hurry()
            await self._opened(self.wire)
        except Exception as error:  # whatever it is, the task must live to try again
            await self._hang_up()
            self._give_up(str(error) or "no answer")
            return False
        if self._logged:
            logger.info("Redis is back.")
        self._logged.clear()
        self.down = False
        self.settled.set()
        return True

    def _give_up(self, reason: str) -> None:
        if reason not in self._logged:
            self._logged.add(reason)
            logger.warning("Redis cannot be used, events reach this process only: %s", reason)
        self.down, self.trouble = True, reason
        self.settled.set()
        self._failed(reason)

    async def _until_lost(self) -> None:
        wire = self.wire
        while wire is not None and not wire.lost.done():
            await asyncio.wait([wire.lost], timeout=KEEP_ALIVE)
            if not wire.lost.done():
                await self._ask_after(wire)
        self.wire = None
        self.settled.clear()
        self._lost()

    async def _ask_after(self, wire: Wire) -> None:
        try:
            await self._check(wire)
        except Exception as error:  # an answer that makes no sense is as bad as none
            wire.abort(str(error))
            await wire.lost

    async def _hang_up(self) -> None:
        wire, self.wire = self.wire, None
        if wire is not None:
            wire.abort("the connection was closed here")
            await wire.lost


def _pauses() -> Iterator[float]:
    """Yield growing pauses in seconds, each with a random share so that processes spread out."""
    longest = 0.1
    while True:
        yield random.uniform(longest / 4, longest)
        longest = min(longest * 2, LONGEST_PAUSE)
