"""This process's share of the classroom: its lease, its journal and its own sockets.

The sockets stand here for what only this process can do with them (close, check, catch up); who is
connected is never read from here but from the connection records.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from weakref import WeakKeyDictionary

from django.conf import settings

from realtime import presence
from realtime.connection import LiveConnection
from realtime.journal import Journal
from realtime.leases import Lease
from speaktracker import database, draining, logs, metrics
from speaktracker.errors import Unavailable

DRAIN_GRACE_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Departure:
    """A connection whose record must go; kept until the database has taken it."""

    connection_id: str
    user_id: int
    is_student: bool
    not_before: float = 0.0


class Process:
    """What the sockets of one process, and so of one event loop, share."""

    def __init__(self) -> None:
        self.lease = Lease()
        self.journal = Journal()
        self.connections: set[LiveConnection] = set()
        self.departures: dict[str, Departure] = {}
        self.roster_revision = -1
        self._leased: asyncio.Task[None] | None = None

    async def ready(self) -> None:
        """Wait until the lease is stored, which connection records point to; raises Unavailable."""
        if self._leased is None or (self._leased.done() and self._leased.exception()):
            self._leased = asyncio.create_task(self.lease.acquire())
        await asyncio.shield(self._leased)

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

    async def depart(self, departure: Departure) -> None:
        """Delete a connection's record now, or as soon as the database is back."""
        self.departures[departure.connection_id] = departure
        await self.settle(departure)

    async def settle(self, departure: Departure) -> None:
        """Try a departure that waits; it stays when the database is away."""
        seconds = settings.LIMITS.rejoin_grace_seconds
        if draining.is_draining():
            seconds = max(seconds, DRAIN_GRACE_SECONDS)
        try:
            await database.write(
                presence.depart,
                departure.connection_id,
                departure.user_id,
                departure.is_student,
                timedelta(seconds=seconds),
            )
        except Unavailable as error:
            logs.event("error", status="error", error=f"departure waits: {error}")
            return
        self.departures.pop(departure.connection_id, None)
        metrics.connections_removed("disconnect")

    def students(self) -> list[LiveConnection]:
        """List this process's own student sockets."""
        return [c for c in self.connections if c.user_type == "student"]

    async def stop(self) -> None:
        """Write what waits and give the lease up."""
        await self.journal.flush()
        for departure in list(self.departures.values()):
            await self.settle(departure)
        if self._leased is not None:
            await self.lease.release()


def due(departure: Departure) -> bool:
    """Tell whether a waiting departure may be tried."""
    return departure.not_before <= time.monotonic()


_processes: WeakKeyDictionary[asyncio.AbstractEventLoop, Process] = WeakKeyDictionary()


def current() -> Process:
    """Return the process of the running event loop."""
    loop = asyncio.get_running_loop()
    process = _processes.get(loop)
    if process is None:
        process = _processes[loop] = Process()
    return process
