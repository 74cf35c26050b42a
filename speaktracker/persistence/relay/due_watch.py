"""Looks for what is due, for all tables of a relay at once, and wakes those that have any."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress

from speaktracker import db
from speaktracker.exceptions import Unavailable
from speaktracker.persistence.records import SHARES, UNSORTED
from speaktracker.persistence.relay import backlog
from speaktracker.persistence.relay.due_rows import covers_all, due_tables
from speaktracker.persistence.relay.relay_lease import RelayLeaseHolder
from speaktracker.persistence.relay.timing import Timing


class DueWatch:
    """One statement for an idle relay, however many tables and shares it has.

    `wake_table` says how each table is woken. To be made on the loop that runs it.
    """

    def __init__(
        self, wake_table: Mapping[str, Callable[[], None]], lease: RelayLeaseHolder, timing: Timing
    ) -> None:
        self._wake_table = wake_table
        self._lease = lease
        self._timing = timing
        self._loop = asyncio.get_running_loop()
        self._wake_up = asyncio.Event()

    def wake(self) -> None:
        """Look soon for what is due; safe from any thread, and once the loop is closed."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake_up.set)

    async def run(self) -> None:
        """Look until cancelled: after each commit of this process, and twice a second."""
        while True:
            await self._lease.wait()
            self._wake_up.clear()
            with suppress(Unavailable):  # an outage of the database has a line of its own
                await self.look()
            try:
                async with asyncio.timeout(self._timing.poll):
                    await self._wake_up.wait()
            except TimeoutError:
                continue
            await asyncio.sleep(self._timing.batch_delay)

    async def look(self) -> None:
        """Wake the tables that have anything due; raises Unavailable."""
        shares = self._lease.shares
        sorts = SHARES.start in shares and not covers_all(shares)
        asked = {UNSORTED, *shares} if sorts else shares
        for name, share in await db.read(due_tables, list(self._wake_table), asked):
            if sorts and share == UNSORTED:
                if await db.write(backlog.sort_into_shares, name):
                    self.wake()
            else:
                self._wake_table[name]()
