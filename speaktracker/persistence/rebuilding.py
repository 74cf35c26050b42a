"""Writes the whole mirror again, through the outbox, so that it is safe while servers run."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from speaktracker.db.threads import read, run_long
from speaktracker.persistence import outbox, sources
from speaktracker.persistence.base import Backend, StoreUnavailable
from speaktracker.persistence.health import mirror_health
from speaktracker.persistence.models import WAITING, Change
from speaktracker.persistence.relay import backlog
from speaktracker.persistence.relay.relay import Relay
from speaktracker.persistence.relay.timing import Timing
from speaktracker.persistence.verification import foreign_items, left_over

_KEYS = 500

# Called with how many are written of how many.
Progress = Callable[[int, int], None]
# What becomes of items that were never ours, where there are any.
ForeignItems = Literal["refuse", "keep", "delete"]


class ForeignItemsFound(Exception):
    """Tables hold items that were never ours, `counts` by table, and nobody said what of them."""

    def __init__(self, counts: Counter[str]) -> None:
        super().__init__(", ".join(f"{number} in {name}" for name, number in counts.items()))
        self.counts = counts


@dataclass(frozen=True, slots=True)
class QueuedRows:
    """The outbox rows of a rebuild: how many, after which number, up to which."""

    rows: int
    after: int
    last: int

    def left(self) -> int:
        """Count the rows that wait, with those of servers that came in between; blocks."""
        return Change.objects.filter(WAITING, id__gt=self.after, id__lte=self.last).count()


async def rebuild(
    backend: Backend,
    progress: Progress,
    timing: Timing | None = None,
    stuck_seconds: float = 60,
    foreign: ForeignItems = "refuse",
) -> int:
    """Put every record, delete what was ours besides; returns their number once all is written.

    Whichever process is the relay does the work. Raises ForeignItemsFound before anything is
    queued, and StoreUnavailable when nothing moves for `stuck_seconds`; what is queued by then is
    still written later.
    """
    # One thread from end to end: a cursor over the records belongs to its connection.
    queued = await run_long(queue_everything, backend, progress, foreign)
    async with _relay(timing):
        outbox.wake()
        least, moved = queued.rows + 1, time.monotonic()
        asked = time.monotonic()
        while left := await read(queued.left):
            if left < least:
                least, moved = left, time.monotonic()
                progress(max(0, queued.rows - left), queued.rows)
            if time.monotonic() - moved > stuck_seconds:
                health = await read(mirror_health)
                raise StoreUnavailable(health.trouble or "Nothing was written for a while.")
            # Counting a million rows takes its time: the relay is to have the most of it.
            await asyncio.sleep(max(0.1, 5 * (time.monotonic() - asked)))
            asked = time.monotonic()
        progress(queued.rows, queued.rows)
    return queued.rows


def queue_everything(
    backend: Backend, progress: Progress, foreign: ForeignItems = "refuse"
) -> QueuedRows:
    """Queue every record's key, then every key that only the store has; blocks, for minutes.

    Raises ForeignItemsFound before the first, where there are any and `foreign` is to refuse.
    """
    if foreign == "refuse" and (counts := foreign_counts(backend)):
        raise ForeignItemsFound(counts)
    newest = Change.objects.order_by("-id").values_list("id", flat=True).first()
    after, last, rows = newest or 0, 0, 0
    for table in sources.registered_tables():
        records = (list(found) for found in sources.source_of(table).batches(_KEYS))
        foreigners = foreign_items(backend, table) if foreign == "delete" else ()
        set_aside = [backlog.keys_set_aside(table.name)]  # of records that are gone, maybe
        for keys in chain(records, set_aside, left_over(backend, table), foreigners):
            if keys:
                last = backlog.queue(table.name, keys)
                rows += len(keys)
                progress(0, rows)
    return QueuedRows(rows, after, last)


def foreign_counts(backend: Backend) -> Counter[str]:
    """Count the live items that were never ours, by table; those without any are left out."""
    counts: Counter[str] = Counter()
    for table in sources.registered_tables():
        for keys in foreign_items(backend, table):
            counts[table.name] += len(keys)
    return counts


@asynccontextmanager
async def _relay(timing: Timing | None) -> AsyncIterator[None]:
    """Be the relay if no server is; a command may run where no server does."""
    relay = asyncio.create_task(Relay(timing=timing, only_alone=True).run())
    try:
        yield
    finally:
        relay.cancel()
        with suppress(asyncio.CancelledError):
            await relay
