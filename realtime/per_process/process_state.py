"""This process's share of the classroom: its lease, its journal and its own sockets.

The sockets stand here for what only this process can do with them (close, check, catch up); who is
connected is never read from here but from the connection records.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from weakref import WeakKeyDictionary

from realtime.per_process.pending_disconnects import Departures
from realtime.per_process.status_journal import Journal
from realtime.presence import admission
from realtime.presence.admission import Answer, Request
from realtime.presence.server_leases import Lease
from realtime.sockets.live_connection import LiveConnection
from speaktracker import db, metrics
from speaktracker.db.batching import Batch

WAKING_SECONDS = 10


class Process:
    """What the sockets of one process, and so of one event loop, share."""

    def __init__(self) -> None:
        self.lease = Lease()
        self.journal = Journal()
        self.connections: set[LiveConnection] = set()
        self.entrance: Batch[Request, Answer] = Batch(_admit, admission.TOGETHER)
        self.departures = Departures()
        self.roster_revision = -1
        self._leased: asyncio.Task[None] | None = None
        self._renewing = asyncio.Lock()
        self._awake = asyncio.Event()
        self._awake.set()

    async def ready(self) -> None:
        """Wait until the lease is stored, which connection records point to; raises Unavailable."""
        if self._leased is None or (self._leased.done() and self._leased.exception()):
            self._leased = asyncio.create_task(self.lease.acquire())
        await asyncio.shield(self._leased)

    @asynccontextmanager
    async def waking(self) -> AsyncIterator[None]:
        """Have statuses wait when a process that hung finds its lease and its people again."""
        async with self._renewing:
            if self.lease.overslept:
                self._awake.clear()
            try:
                yield
            finally:
                self._awake.set()

    @property
    def is_awake(self) -> bool:
        """Tell whether that is over: a status of somebody who was reaped meanwhile is lost."""
        if self.lease.overslept:
            self._awake.clear()
        return self._awake.is_set()

    async def awake(self) -> None:
        """Wait until it is."""
        if not self.is_awake:
            with suppress(TimeoutError):
                async with asyncio.timeout(WAKING_SECONDS):
                    await self._awake.wait()

    @contextmanager
    def holding(self, connection: LiveConnection) -> Iterator[None]:
        """Count a socket among this process's own."""
        self.connections.add(connection)
        metrics.connection_opened(connection.user_type)
        try:
            yield
        finally:
            self.connections.discard(connection)
            self.journal.part(connection.user_id)
            metrics.connection_closed(connection.user_type)

    def students(self) -> list[LiveConnection]:
        """List this process's own student sockets."""
        return [c for c in self.connections if c.user_type == "student"]

    async def stop(self) -> None:
        """Write what waits and give the lease up."""
        await self.journal.flush()
        await self.departures.carry_out_due()
        if self._leased is not None:
            await self.lease.release()


async def _admit(requests: list[Request]) -> Sequence[Answer]:
    return await db.write(admission.admit, requests)


_processes: WeakKeyDictionary[asyncio.AbstractEventLoop, Process] = WeakKeyDictionary()


def current() -> Process:
    """Return the process of the running event loop."""
    loop = asyncio.get_running_loop()
    process = _processes.get(loop)
    if process is None:
        process = _processes[loop] = Process()
    return process
