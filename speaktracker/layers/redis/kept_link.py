"""A connection to Redis that is kept: made again after a loss, asked whether it is still there."""

import asyncio
import logging
import random
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from speaktracker.layers.redis.address import RedisAddress
from speaktracker.layers.redis.dialing import dial, is_master
from speaktracker.layers.redis.resp_wire import Wire

logger = logging.getLogger(__name__)

KEEP_ALIVE: Final = 3.0
LONGEST_PAUSE: Final = 2.0
# An outage that lasts is told again.
REMIND_SECONDS: Final = 60.0


class Link:
    """Own one connection and its task; what a connection is for, a subclass says.

    `wire` is None without a connection; a link is `down` after a failed try, for the reason
    `trouble`. Between a loss and the first failed try it is neither: work may wait that long.
    """

    def __init__(self, address: RedisAddress) -> None:
        self.wire: Wire | None = None
        self.down = False
        self.trouble = ""
        self.settled = asyncio.Event()
        self.partner: Link | None = None
        # What `trouble` begins with, where there are several to tell apart.
        self._of = ""
        self._address = address
        self._retry = asyncio.Event()
        # The reasons of an outage that were logged: each once, since a refusal needs somebody.
        self._logged: set[str] = set()
        self._lost_at = self._told_at = 0.0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to connect, once; the task ends with its loop or with `close`."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._keep())

    def drop(self, reason: str) -> None:
        """Drop the connection, so that a new one is made."""
        if self.wire is not None:
            self.wire.abort(reason)

    def retry_now(self) -> None:
        """Try again now, Redis was seen: work may wait for the outcome."""
        if self.down:
            self.down = False
            self.settled.clear()
            self._retry.set()

    async def close(self) -> None:
        """End the connection and the task."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def dial(self) -> Wire:
        """Make a connection; OSError or hiredis.ReplyError says why there is none."""
        return await dial(self._address)

    async def on_open(self, wire: Wire) -> None:
        """Do what a new connection needs before it counts."""

    def on_lost(self) -> None:
        """Note that an open connection has ended."""

    def on_failed(self, reason: str) -> None:
        """Give up what waited for the connection."""

    async def probe(self, wire: Wire) -> None:
        """Ask whether the other side is there; a wire that hangs ends by itself."""
        await is_master(self._address, wire)

    async def _keep(self) -> None:
        loop, pauses = asyncio.get_running_loop(), _pauses()
        try:
            while True:
                if await self._connect():
                    pauses = _pauses()
                    await self._until_lost()
                # After a loss all processes come back at once: spread them.
                with suppress(TimeoutError):
                    async with asyncio.timeout(next(pauses)):
                        await self._retry.wait()
                self._retry.clear()
        finally:
            # Who closes a loop by hand leaves nobody to tell, and nothing to await.
            if not loop.is_closed():
                self.on_failed("the connection was closed here")
                await self._hang_up()

    async def _connect(self) -> bool:
        try:
            self.wire = await self.dial()
            if self.partner is not None:
                self.partner.retry_now()
            await self.on_open(self.wire)
        except Exception as error:  # whatever it is, the task must live to try again
            await self._hang_up()
            self.down, self.trouble = True, self._of + (str(error) or "no answer")
            self._tell()
            self.settled.set()
            self.on_failed(self.trouble)
            return False
        if self._logged:
            logger.info("Redis is back.")
        self._logged.clear()
        self.down = False
        self.settled.set()
        return True

    def _tell(self) -> None:
        now, links = time.monotonic(), [link for link in (self, self.partner) if link]
        # Both links of a bus meet the same outage.
        if not any(self.trouble in link._logged for link in links):
            self._lost_at = self._lost_at if self._logged else now
            self._logged.add(self.trouble)
            logger.warning("Redis cannot be used, events reach this process only: %s", self.trouble)
        elif now - max(link._told_at for link in links) >= REMIND_SECONDS:
            seconds = now - min(link._lost_at for link in links if link._logged)
            logger.warning("Redis still cannot be used after %.0f s: %s", seconds, self.trouble)
        else:
            return
        self._told_at = now

    async def _until_lost(self) -> None:
        wire = self.wire
        while wire is not None and not wire.lost.done():
            await asyncio.wait([wire.lost], timeout=KEEP_ALIVE)
            if wire.lost.done():
                break
            try:
                await self.probe(wire)
            except Exception as error:  # an answer that makes no sense is as bad as none
                wire.abort(str(error))
                await wire.lost
        self.wire = None
        self.settled.clear()
        self.on_lost()

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
