"""Writes the whole mirror again, through the outbox, so that it is safe while servers run."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from speaktracker.db.threads import read, run_long
from speaktracker.persistence import outbox, sources
from speaktracker.persistence.base import Backend, StoreUnavailable
from speaktracker.persistence.health import mirror_health
from speaktracker.persistence.models import WAITING, Change
from speaktracker.persistence.records import Key
from speaktracker.persistence.relay import backlog
from speaktracker.persistence.relay.relay import Relay
from speaktracker.persistence.relay.timing import Pace
from speaktracker.persistence.tables import Table
from speaktracker.persistence.verification import compared_tables, left_over

_KEYS = 500

# Hears how many are written of how many.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class _Queued:
    """The rows of a rebuild: how many, after which number, up to which."""

    rows: int
    after: int
    last: int

    def left(self) -> int:
        """Count the rows that wait, with those of servers that came in between."""
        return Change.objects.filter(WAITING, id__gt=self.after, id__lte=self.last).count()


async def rebuild(
    backend: Backend, progress: Progress, pace: Pace | None = None, stuck_seconds: float = 60
) -> int:
    """Put every record, delete every other item; returns their number once all is written.

    Whichever process is the relay does the work. Raises StoreUnavailable when nothing moves for
    `stuck_seconds`; what is queued by then is still written later.
    """
    # One thread from end to end: a cursor over the records belongs to its connection.
    queued = await run_long(_queue_everything, backend, progress)
    async with _relay(pace):
        outbox.wake()
        await _drain(queued, progress, stuck_seconds)
    return queued.rows


def _queue_everything(backend: Backend, progress: Progress) -> _Queued:
    newest = Change.objects.order_by("-id").values_list("id", flat=True).first()
    after, last, rows = newest or 0, 0, 0
    for table in compared_tables():
        for keys in _keys(backend, table):
            last = backlog.queue(table.name, keys)
            rows += len(keys)
            progress(0, rows)
    return _Queued(rows, after, last)


def _keys(backend: Backend, table: Table[Any]) -> Iterator[list[Key]]:
    """Walk over the keys to put, then over those to delete."""
    for records in sources.source_of(table).batches(_KEYS):
        if records:
            yield list(records)
    yield from left_over(backend, table)


async def _drain(queued: _Queued, progress: Progress, stuck_seconds: float) -> None:
    least, moved = queued.rows + 1, time.monotonic()
    while left := await read(queued.left):
        if left < least:
            least, moved = left, time.monotonic()
            progress(max(0, queued.rows - left), queued.rows)
        if time.monotonic() - moved > stuck_seconds:
            health = await read(mirror_health)
            raise StoreUnavailable(health.trouble or "Nothing was written for a while.")
        await asyncio.sleep(0.1)
    progress(queued.rows, queued.rows)


@asynccontextmanager
async def _relay(pace: Pace | None) -> AsyncIterator[None]:
    """Be the relay if no server is; a command may run where no server does."""
    relay = asyncio.create_task(Relay(pace=pace).run())
    try:
        yield
    finally:
        relay.cancel()
        with suppress(asyncio.CancelledError):
            await relay
