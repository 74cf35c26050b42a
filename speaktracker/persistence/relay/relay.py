"""The relay: one process at a time carries the outbox over into the mirror; see docs/mirror.md."""

import asyncio
from collections.abc import Callable

from django.conf import settings

from speaktracker import db
from speaktracker.exceptions import Unavailable
from speaktracker.persistence import outbox, sources
from speaktracker.persistence.backends import backend_from_settings
from speaktracker.persistence.base import Backend
from speaktracker.persistence.relay import backlog
from speaktracker.persistence.relay.batch_writer import BatchWriter
from speaktracker.persistence.relay.relay_lease import RelayLeaseHolder
from speaktracker.persistence.relay.table_relay import TableRelay
from speaktracker.persistence.relay.timing import Timing
from speaktracker.persistence.relay.troubles import Troubles


class Relay:
    """Mirrors changes while this process holds the lease, and waits to take over otherwise."""

    def __init__(
        self,
        make_backend: Callable[[], Backend] = backend_from_settings,
        timing: Timing | None = None,
    ) -> None:
        self._make_backend = make_backend
        self._timing = timing or Timing()
        self._lease = RelayLeaseHolder(self._timing)

    @property
    def holds_lease(self) -> bool:
        """Tell whether this process is the relay, which one at most is at a time."""
        return self._lease.seconds_left() > 0

    async def run(self) -> None:
        """Mirror until cancelled, and again when called again; returns at once with MIRROR=off."""
        if settings.MIRROR == "off":
            return
        timing = self._timing
        self._lease = lease = RelayLeaseHolder(timing)
        threads = settings.DYNAMODB_POOL_SIZE
        self._writer = writer = BatchWriter(self._make_backend, lease, timing, threads)
        troubles = Troubles(lease)
        tables = [
            TableRelay(table, sources.source_of(table), writer, lease, timing, troubles)
            for table in sources.registered_tables()
        ]
        outbox.call_on_wake(*(table.wake for table in tables))
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(lease.keep())
                tasks.create_task(self.purge())
                for table in tables:
                    tasks.create_task(table.run())
        finally:
            outbox.forget(*(table.wake for table in tables))
            # Let go only when no call can still reach the store behind the next relay's back.
            if await writer.close():
                await lease.release()

    async def purge(self) -> None:
        """Delete what is done and no longer needed, a bounded number of rows at a time."""
        timing = self._timing
        while True:
            await self._lease.wait()
            try:
                more = await db.write(backlog.purge, timing.keep_done)
            except Unavailable:
                more = 0
            await asyncio.sleep(timing.batch_delay if more else timing.purge)
