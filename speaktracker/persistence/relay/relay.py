"""The relay: one process at a time carries the outbox over into the mirror."""

import asyncio
import logging
from collections.abc import Callable

from django.conf import settings

from speaktracker import db, logs
from speaktracker.exceptions import Unavailable
from speaktracker.persistence import outbox, sources
from speaktracker.persistence.backends import backend_from_settings
from speaktracker.persistence.base import Backend
from speaktracker.persistence.relay import backlog, relay_lease
from speaktracker.persistence.relay.batch_writer import Writer
from speaktracker.persistence.relay.relay_lease import Lease
from speaktracker.persistence.relay.table_relay import Lane
from speaktracker.persistence.relay.timing import Pace
from speaktracker.persistence.tables import TABLES


class Relay:
    """Mirrors changes while this process holds the lease, and waits to take over otherwise."""

    def __init__(
        self,
        make_backend: Callable[[], Backend] = backend_from_settings,
        pace: Pace | None = None,
    ) -> None:
        self._make_backend = make_backend
        self._pace = pace or Pace()
        self._term = 0
        self._troubles: dict[str, str] = {}

    def _begin(self) -> None:
        pace = self._pace
        self._lease = Lease(pace)
        threads = settings.DYNAMODB_POOL_SIZE
        self._writer = Writer(self._make_backend, self._lease, pace, threads)
        self._lanes = [
            Lane(table, self._writer, self._lease, pace, self._report)
            for table in TABLES
            if sources.has_source(table)
        ]

    async def run(self) -> None:
        """Mirror until cancelled, and again when called again; returns at once with MIRROR=off."""
        if settings.MIRROR == "off":
            return
        self._begin()
        loop = asyncio.get_running_loop()

        def wake() -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._wake)

        outbox.call_on_wake(wake)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._lease.keep())
                tasks.create_task(self._tidy())
                for lane in self._lanes:
                    tasks.create_task(lane.run())
        finally:
            outbox.forget((wake,))
            # Let go only when no call can still reach the store behind the next relay's back.
            if await self._writer.close():
                await self._lease.release()

    def _wake(self) -> None:
        for lane in self._lanes:
            lane.woken.set()

    async def _tidy(self) -> None:
        """Delete what is done and no longer needed, a bounded number of rows at a time."""
        while True:
            await self._lease.wait()
            try:
                more = await db.write(backlog.purge, self._pace.remember)
            except Unavailable:
                more = 0
            await asyncio.sleep(self._pace.gather if more else self._pace.tidy)

    async def _report(self, table: str, trouble: str) -> None:
        """Tell operators what troubles a table, once; empty when it is over."""
        if self._term != self._lease.term:
            self._term, self._troubles = self._lease.term, {}
        if self._troubles.get(table) == trouble:
            return
        self._troubles[table] = trouble
        if trouble:
            logs.event("error", status="error", level=logging.ERROR, error=trouble, table=table)
        standing = dict.fromkeys(text for text in self._troubles.values() if text)
        try:
            await db.write(relay_lease.note, self._lease.owner, " ".join(standing))
        except Unavailable:
            self._troubles.pop(table, None)  # said again at the next chance
