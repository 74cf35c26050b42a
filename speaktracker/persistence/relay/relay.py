"""The relay: carries its shares of the outbox over into the mirror; see docs/mirror.md."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from django.conf import settings

from speaktracker import db, metrics
from speaktracker.exceptions import Unavailable
from speaktracker.persistence import outbox, sources
from speaktracker.persistence.backends import backend_from_settings
from speaktracker.persistence.base import Backend
from speaktracker.persistence.relay import backlog
from speaktracker.persistence.relay.batch_writer import BatchWriter
from speaktracker.persistence.relay.due_rows import count_due
from speaktracker.persistence.relay.due_watch import DueWatch
from speaktracker.persistence.relay.relay_lease import RelayLeaseHolder
from speaktracker.persistence.relay.table_relay import TableRelay
from speaktracker.persistence.relay.timing import Timing
from speaktracker.persistence.relay.troubles import Troubles


class Relay:
    """Mirrors the changes of the shares that this process has, one of several or the only one.

    With `only_alone` it has none while another process has any.
    """

    def __init__(
        self,
        make_backend: Callable[[], Backend] = backend_from_settings,
        timing: Timing | None = None,
        *,
        only_alone: bool = False,
    ) -> None:
        self._make_backend = make_backend
        self._timing = timing or Timing()
        self._only_alone = only_alone
        self._lease = RelayLeaseHolder(self._timing, only_alone=only_alone)

    @property
    def is_first(self) -> bool:
        """Tell whether this is the relay that does what is done once, which one at most is."""
        return self._lease.is_first

    async def run(self) -> None:
        """Mirror until cancelled, and again when called again; returns at once with MIRROR=off."""
        if settings.MIRROR == "off":
            return
        timing = self._timing
        self._lease = lease = RelayLeaseHolder(timing, only_alone=self._only_alone)
        threads = settings.DYNAMODB_POOL_SIZE
        self._writer = writer = BatchWriter(self._make_backend, lease, timing, threads)
        troubles = Troubles(lease)
        self._tables = tables = [
            TableRelay(table, sources.source_of(table), writer, lease, timing, troubles)
            for table in sources.registered_tables()
        ]
        watch = DueWatch({table.name: table.wake for table in tables}, lease, timing)
        lease.call_on_loss(*(table.wake for table in tables))
        outbox.call_on_wake(watch.wake)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(lease.keep())
                tasks.create_task(self.purge())
                tasks.create_task(self.tell())
                tasks.create_task(watch.run())
                for table in tables:
                    tasks.create_task(table.run())
        finally:
            outbox.forget(watch.wake)
            metrics.relay_stands(0, 0)
            # Let go only when no call can still reach the store behind the next relay's back.
            if await writer.close():
                await lease.release(is_clean=not any(table.is_in_doubt for table in tables))

    async def purge(self) -> None:
        """Delete what is done and no longer needed, a bounded number of rows at a time."""
        timing, lease = self._timing, self._lease
        while True:
            await lease.wait()
            more = 0
            if lease.is_first:
                with suppress(Unavailable):
                    more = await db.write(backlog.purge, timing.keep_done)
            await asyncio.sleep(timing.batch_delay if more else timing.purge)

    async def tell(self) -> None:
        """Tell the metrics what this process carries over, and how much of it waits."""
        names = [table.name for table in sources.registered_tables()]
        while True:
            if not self._lease.is_held:
                metrics.relay_stands(0, 0)
                await self._lease.wait()
            shares = self._lease.shares
            with suppress(Unavailable):
                metrics.relay_stands(len(shares), await db.read(count_due, names, shares))
            await asyncio.sleep(self._timing.tell)
