"""Connections whose records must go: together, and kept until the database has taken it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings

from realtime.presence import transitions
from speaktracker import db, drain_state, logs, metrics
from speaktracker.db.batching import Batch
from speaktracker.exceptions import Unavailable

DRAIN_GRACE_SECONDS = 20
TOGETHER = 200


@dataclass(frozen=True, slots=True)
class Departure:
    """A connection whose record must go, tried from `not_before` on (monotonic seconds)."""

    connection_id: str
    user_id: int
    not_before: float = 0.0


class Departures:
    """The departures of one process."""

    def __init__(self) -> None:
        self._waiting: dict[str, Departure] = {}
        self._batch: Batch[Departure, None] = Batch(_write, TOGETHER)

    def plan(self, departure: Departure) -> None:
        """Keep a departure for a later turn."""
        self._waiting[departure.connection_id] = departure

    async def carry_out(self, departure: Departure) -> None:
        """Delete the record now, or as soon as the database is back."""
        self.plan(departure)
        try:
            await self._batch.ask(departure)
        except Unavailable as error:
            logs.event("error", status="error", error=f"a departure waits: {error}")
            return
        self._waiting.pop(departure.connection_id, None)

    async def carry_out_due(self) -> None:
        """Try those that wait and may be tried."""
        now = time.monotonic()
        for departure in [one for one in self._waiting.values() if one.not_before <= now]:
            await self.carry_out(departure)


async def _write(departures: list[Departure]) -> Sequence[None]:
    seconds = settings.LIMITS.rejoin_grace_seconds
    if drain_state.is_draining():
        seconds = max(seconds, DRAIN_GRACE_SECONDS)
    await db.write(
        transitions.depart,
        [departure.connection_id for departure in departures],
        {departure.user_id for departure in departures},
        timedelta(seconds=seconds),
    )
    metrics.connections_removed("disconnect", len(departures))
    return [None] * len(departures)
