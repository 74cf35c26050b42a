"""Carries one table from the outbox to the store, in order per key; explained in docs/mirror.md."""

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.conf import settings

from speaktracker import db, logs, metrics
from speaktracker.exceptions import DatabaseAway, Unavailable
from speaktracker.persistence import outbox
from speaktracker.persistence.base import Write
from speaktracker.persistence.records import Key, as_text, share_of
from speaktracker.persistence.relay import backlog
from speaktracker.persistence.relay.backlog import ChangeOutcome, DueKey
from speaktracker.persistence.relay.batch_writer import BatchWriter, LeaseRunsOut, WriteResult
from speaktracker.persistence.relay.due_rows import most_of_each
from speaktracker.persistence.relay.put_intervals import PutIntervals
from speaktracker.persistence.relay.relay_lease import RelayLeaseHolder
from speaktracker.persistence.relay.timing import Timing
from speaktracker.persistence.relay.troubles import Troubles
from speaktracker.persistence.sources import RecordSource
from speaktracker.persistence.tables import Table

# Of more keys PostgreSQL may rather read the whole table than look each up.
_ROWS = 200
_ROWS_IN_TROUBLE = 25  # one batch finds out whether the store is back


class TableRelay:
    """Mirrors one table, so that trouble with one never holds up another.

    A turn reads the due keys of this relay's shares, then their current records: what commits
    meanwhile has a row of its own, which the next turn finds.
    """

    def __init__(
        self,
        table: Table[Any],
        source: RecordSource[Any],
        writer: BatchWriter,
        lease: RelayLeaseHolder,
        timing: Timing,
        troubles: Troubles,
    ) -> None:
        self._table = table
        self._source = source
        self._writer = writer
        self._lease = lease
        self._timing = timing
        self._troubles = troubles
        self._wake_up = asyncio.Event()
        self._wake_up.set()  # a wrong set-up shows before the first change
        self._failures = 0
        self._checked = False
        self._doubtful: set[Key] = set()
        interval = settings.LIMITS.session_mirror_seconds if table.changes_often else 0
        self._put_intervals = PutIntervals(interval) if interval else None

    @property
    def name(self) -> str:
        """Give the table's name, without the installation's."""
        return self._table.name

    @property
    def is_in_doubt(self) -> bool:
        """Tell whether a call without an answer may still be carried out."""
        return bool(self._doubtful)

    def wake(self) -> None:
        """Mirror what is due soon; on the loop that runs it."""
        self._wake_up.set()

    async def run(self) -> None:
        """Mirror until cancelled, whatever goes wrong."""
        while True:
            await self._wake_up.wait()
            await self._lease.wait()
            self._wake_up.clear()
            try:
                if await self.turn():
                    self.wake()
            except Unavailable as trouble:
                await self._back_off(trouble)
            except Exception as bug:
                logs.event("error", status="error", level=logging.ERROR, exc_info=bug)
                failed = f"The mirror of {self._table.name} failed: {type(bug).__name__}."
                await self._back_off(Unavailable(failed))
            else:
                self._failures = 0

    async def turn(self) -> bool:
        """Mirror what is due; True when there may be more at once. Raises Unavailable."""
        term, shares = self._lease.term, self._lease.shares
        self._lease.use(self, shares)
        try:
            await self._leave_doubts(shares)
            limit = _ROWS_IN_TROUBLE if self._failures > 1 else _ROWS
            due = await db.read(backlog.due, self._table.name, limit, shares)
            if due:
                await self.mirror(due, term)
            elif not self._checked:
                await self._writer.check(self._table)
            self._checked = True
            if self._failures:
                await self._troubles.report(self._table.name, "")
            return len(due) >= most_of_each(limit, shares)
        finally:
            # What is in doubt stays here until it is queued again.
            self._lease.use(self, [share_of(as_text(key)) for key in self._doubtful])

    async def mirror(self, due: Sequence[DueKey], term: int) -> None:
        """Write the current records of `due`, and down what became of it; raises Unavailable.

        They were found in `term` of the lease. Keys put too recently wait for their time; what the
        store refuses for good is set aside.
        """
        keys = [entry.key for entry in due]
        waits = self._put_intervals.waits(keys) if self._put_intervals else {}
        refused: dict[Key, str] = {}
        writes = await self._writes([key for key in keys if key not in waits], refused)
        result = await self._writer.write(writes, term)
        result.refused.update(refused)
        await self._settle(due, waits, result)
        if result.trouble:
            if result.done:
                self._failures = 0  # throttled, but moving: no reason to slow down further
            raise result.trouble

    async def _writes(self, keys: Sequence[Key], refused: dict[Key, str]) -> list[Write]:
        """Pair keys with their current records; those that cannot be read go into `refused`."""
        try:
            records = await db.read(self._source.read, keys) if keys else {}
        except Unavailable:
            raise
        except Exception as error:
            if len(keys) == 1:
                refused[keys[0]] = f"{type(error).__name__}: {error}"[:500]
                return []
            return [write for key in keys for write in await self._writes([key], refused)]
        return [Write(self._table, key, records.get(key)) for key in keys]

    async def _settle(
        self, due: Sequence[DueKey], waits: Mapping[Key, float], result: WriteResult
    ) -> None:
        """Write down what became of the turn, and remember what the next ones must know."""
        if self._put_intervals:
            self._put_intervals.note(result.done)
        outcomes: list[ChangeOutcome] = []
        written_again: dict[Key, tuple[int, ...]] = {}
        for entry in due:
            if entry.key in waits:
                key = self._table.name, as_text(entry.key)
                outcomes.append(ChangeOutcome(entry.rows, due_in=waits[entry.key], key=key))
            elif entry.key in result.refused:
                outcomes.append(ChangeOutcome(entry.rows, error=result.refused[entry.key]))
            elif entry.key in result.done:
                # An earlier call without an answer may still be carried out: once more, later on.
                again = self._timing.rewrite_delay if entry.key in self._doubtful else None
                outcomes.append(ChangeOutcome(entry.rows, due_in=again))
                if again:
                    written_again[entry.key] = entry.rows
        await db.write(backlog.settle, outcomes)
        if written_again:  # whose rows a change meanwhile may have replaced by one that is due now
            later = self._timing.rewrite_delay
            await db.write(backlog.queue_replaced, self._table.name, written_again, later)
        metrics.items_mirrored(self._table.name, len(result.done))
        self._doubtful -= result.done
        self._doubtful |= result.doubtful
        if result.stale:
            # Another relay may have written a newer record before this late call: once more, and
            # again for a call that is still under way.
            for seconds in (0, self._timing.rewrite_delay):
                await db.write(backlog.queue, self._table.name, result.stale, seconds)
            outbox.wake()

    async def _leave_doubts(self, shares: Collection[int]) -> None:
        """Leave to other relays what is in doubt of shares that are theirs from now on."""
        left = {key for key in self._doubtful if share_of(as_text(key)) not in shares}
        if left:
            later = self._timing.rewrite_delay
            await db.write(backlog.queue, self._table.name, left, later)
            self._doubtful -= left

    async def _back_off(self, trouble: Unavailable) -> None:
        self._failures += 1
        self.wake()
        # An outage of the database has its own line, and is no trouble of the store.
        if not isinstance(trouble, LeaseRunsOut | DatabaseAway):
            await self._troubles.report(self._table.name, str(trouble))
        await asyncio.sleep(self._timing.backoff(self._failures))
