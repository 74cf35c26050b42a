"""Connections whose records must go: together, and kept until the database has taken it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings

from realtime.presence import transitions
from speaktracker import db, drain_state, metrics
from speaktracker.db.batching import Batch
from speaktracker.exceptions import Unavailable

DRAIN_GRACE_SECONDS = 20
TOGETHER = 200
WAIT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class PendingDisconnect:
    """A connection whose record must go, tried from `not_before` on (monotonic seconds)."""

    connection_id: str
    user_id: int
    not_before: float = 0.0


Work = Callable[[list[PendingDisconnect]], Awaitable[Sequence[None]]]


class PendingDisconnects:
    """The disconnects of one process."""

    def __init__(self, work: Work | None = None) -> None:
        """Have `work` carry out what belongs together, `write_together` unless given."""
        self._kept: dict[str, PendingDisconnect] = {}
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._batch: Batch[PendingDisconnect, None] = Batch(work or write_together, TOGETHER)

    def keep(self, disconnect: PendingDisconnect) -> None:
        """Keep a disconnect for a later turn."""
        self._kept[disconnect.connection_id] = disconnect

    async def write(self, disconnect: PendingDisconnect) -> None:
        """Delete the record now, or as soon as the database is back.

        Who waits for it goes on after WAIT_SECONDS: when a school leaves at once, it takes longer
        than a socket may take to end.
        """
        self.keep(disconnect)
        await asyncio.wait([self._begin(disconnect)], timeout=WAIT_SECONDS)

    async def write_due(self, seconds: float = WAIT_SECONDS) -> None:
        """Try those together that are kept and may be tried, and wait so long at most."""
        now = time.monotonic()
        due = [one for one in self._kept.values() if one.not_before <= now]
        if due:
            await asyncio.wait([self._begin(one) for one in due], timeout=seconds)

    def _begin(self, disconnect: PendingDisconnect) -> "asyncio.Task[None]":
        known = self._under_way.get(disconnect.connection_id)
        if known is not None:
            return known
        begun = asyncio.create_task(self._carry_out(disconnect))
        self._under_way[disconnect.connection_id] = begun
        return begun

    async def _carry_out(self, disconnect: PendingDisconnect) -> None:
        try:
            await self._batch.ask(disconnect)
            self._kept.pop(disconnect.connection_id, None)
        except Unavailable:
            return  # it stays, and is tried again
        finally:
            del self._under_way[disconnect.connection_id]


async def write_together(disconnects: list[PendingDisconnect]) -> Sequence[None]:
    """Delete the records of all in one transaction; raises Unavailable."""
    seconds = settings.LIMITS.rejoin_grace_seconds
    # After a drain everybody reconnects at once, to another process, and needs longer for it.
    if drain_state.is_draining():
        seconds = max(seconds, DRAIN_GRACE_SECONDS)
    removed = await db.write(
        transitions.disconnect,
        [disconnect.connection_id for disconnect in disconnects],
        {disconnect.user_id for disconnect in disconnects},
        timedelta(seconds=seconds),
    )
    # One that is tried again may have gone the first time, or with the reaper.
    metrics.connections_removed("disconnect", removed)
    return [None] * len(disconnects)
