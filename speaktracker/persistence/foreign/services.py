"""Taking a table's foreign items into SQL; broken off at any point, the next run goes on."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from django.db import IntegrityError

from speaktracker import clock
from speaktracker.persistence.base import Backend
from speaktracker.persistence.foreign.importers import (
    F,
    ImportCounts,
    Importer,
    ImportOptions,
    Occupied,
    importer_of,
)
from speaktracker.persistence.foreign.item_values import BadItem
from speaktracker.persistence.foreign.spool import Spool, spool_of
from speaktracker.persistence.tables import Table, is_ours

# Rows of one transaction: who gives one of its students feedback waits for it.
BATCH_ROWS = 200
ATTEMPTS = 3

# Called with how many items were looked at, or are done of how many.
Progress = Callable[[int, int | None], None]


def import_table(
    backend: Backend, table: Table[Any], options: ImportOptions, progress: Progress
) -> ImportCounts:
    """Take a table's foreign items; blocks, for minutes. Raises StoreUnavailable.

    Each batch is a transaction, with a pause after it as long as it took: a class goes on.
    """
    importer = importer_of(table)
    with spool_of(importer.row_type) as spool:
        counts = _look_through(backend, table, spool, progress)
        total, done = len(spool), 0
        for rows in spool.batches(BATCH_ROWS):
            began = time.monotonic()
            counts.add(_take(importer, rows, options, lambda keys: backend.read(table, keys)))
            done += len(rows)
            progress(done, total)
            if not options.dry_run:
                time.sleep(time.monotonic() - began)
    return counts


def _look_through(
    backend: Backend, table: Table[Any], spool: Spool[Any], progress: Progress
) -> ImportCounts:
    """Lay down every foreign item that may be taken, and count the others."""
    importer, counts, seen = importer_of(table), ImportCounts(), 0
    for page in backend.scan(table):
        rows = []
        for key, item in page.items():
            if not table.is_live(item, clock.epoch()):
                counts.expired += 1
            elif is_ours(item):
                counts.known += 1
            else:
                try:
                    rows.append(importer.read(key, item))
                except BadItem as bad:
                    counts.note_bad(key, str(bad))
        spool.add(rows)
        seen += len(page)
        progress(seen, None)
    return counts


def _take(
    importer: Importer[F], rows: Sequence[F], options: ImportOptions, occupied: Occupied
) -> ImportCounts:
    """Take a batch; again where a server, or another import, has made some of it meanwhile."""
    for _ in range(ATTEMPTS - 1):
        try:
            return importer.take(rows, options, occupied)
        except IntegrityError:
            continue
    return importer.take(rows, options, occupied)
