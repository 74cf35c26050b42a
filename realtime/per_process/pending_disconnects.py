"""Connections whose records must go: together, and kept until the database has taken it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings

from realtime.presence import transitions
from speaktracker import db, drain_state, metrics
from speaktracker.db.batching import Batch
from speaktracker.exceptions import Unavailable

DRAIN_GRACE_SECONDS = 20
TOGETHER = 200


@dataclass(frozen=True, slots=True)
class PendingDisconnect:
    """A connection whose record must go, tried from `not_before` on (monotonic seconds)."""

    connection_id: str
    user_id: int
    not_before: float = 0.0


class PendingDisconnects:
    """The disconnects of one process."""

    def __init__(self) -> None:
        self._waiting: dict[str, PendingDisconnect] = {}
        self._batch: Batch[PendingDisconnect, None] = Batch(write_together, TOGETHER)

    def keep(self, disconnect: PendingDisconnect) -> None:
        """Keep a disconnect for a later turn."""
        self._waiting[disconnect.connection_id] = disconnect

    async def write(self, disconnect: PendingDisconnect) -> None:
        """Delete the record now, or as soon as the database is back."""
        # Kept first: a batch that fails, or is cancelled with its socket, is tried again.
        self.keep(disconnect)
        try:
            await self._batch.ask(disconnect)
        except Unavailable:
            return
        self._waiting.pop(disconnect.connection_id, None)

    async def write_due(self) -> None:
        """Try those that wait and may be tried."""
        now = time.monotonic()
        for disconnect in [one for one in self._waiting.values() if one.not_before <= now]:
            await self.write(disconnect)


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
