"""Deleting what is past its time, some rows at a time, by the index of that time."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from speaktracker.db.threads import read, write

# Between two batches, at least; and so many times as long as the batch took.
PAUSE_SECONDS = 0.05
PAUSE_TIMES = 4


async def purge_in_batches(purge: Callable[[], int]) -> None:
    """Run `purge`, which deletes a batch, until it answers that nothing more may be there.

    Most of the time belongs to others: SQLite's lock goes to whoever asks next, and of several
    processes one that asked again at once would keep it. Raises Unavailable.
    """
    while True:
        started = time.monotonic()
        if not await write(purge):
            return
        if connection.vendor == "sqlite":
            await read(_write_back)
        await asyncio.sleep(max(PAUSE_SECONDS, PAUSE_TIMES * (time.monotonic() - started)))


def _write_back() -> None:
    # SQLite has whoever commits when its log is long write it into the database file: a request
    # would wait for the disk because of what was purged.
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")


def delete_oldest(rows: QuerySet[Any], by: str, most: int) -> int:
    """Delete the `most` of `rows` that are oldest `by` a field with an index; return how many went.

    Between their ends as well as by their keys: to a thousand random keys PostgreSQL prefers
    reading the whole table.
    """
    oldest = list(rows.order_by(by).values_list("pk", by)[:most])
    if not oldest:
        return 0
    keys, ends = zip(*oldest, strict=True)
    between = rows.order_by().filter(**{f"{by}__range": (ends[0], ends[-1])})
    between.filter(pk__in=keys).delete()
    return len(keys)
