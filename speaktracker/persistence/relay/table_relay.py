"""One table's way from the outbox to the store: in order per key, a turn at a time."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any

from speaktracker import db, logs
from speaktracker.exceptions import Unavailable
from speaktracker.persistence import outbox, sources
from speaktracker.persistence.base import Write
from speaktracker.persistence.records import Key
from speaktracker.persistence.relay import backlog
from speaktracker.persistence.relay.backlog import Settlement
from speaktracker.persistence.relay.batch_writer import LeaseRunsOut, Outcome, Writer
from speaktracker.persistence.relay.relay_lease import Lease
from speaktracker.persistence.relay.timing import Pace
from speaktracker.persistence.tables import Table

Report = Callable[[str, str], Awaitable[None]]

_ROWS = 200
_ROWS_IN_TROUBLE = 25  # one batch finds out whether the store is back


class Lane:
    """Mirrors one table, so that trouble with one never holds up another.

    A turn reads the due keys, then their current records: what commits meanwhile has a row of its
    own, which the next turn finds.
    """

    def __init__(
        self, table: Table[Any], writer: Writer, lease: Lease, pace: Pace, report: Report
    ) -> None:
        self.woken = asyncio.Event()
        self._table = table
        self._writer = writer
        self._lease = lease
        self._pace = pace
        self._report = report
        self._failures = 0
        self._proven = False
        self._doubtful: set[Key] = set()
        self._last_put: dict[Key, float] = {}

    async def run(self) -> None:
        """Mirror until cancelled, whatever goes wrong."""
        while True:
            await self._lease.wait()
            self.woken.clear()
            try:
                more = await self._turn()
            except Unavailable as trouble:
                await self._failed(trouble)
            except Exception as bug:
                logs.event("error", status="error", level=logging.ERROR, exc_info=bug)
                await self._failed(Unavailable(f"The mirror failed: {type(bug).__name__}."))
            else:
                self._failures = 0
                if not more:
                    await self._rest()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(self._pace.poll):
                await self.woken.wait()
        except TimeoutError:
            return
        # Commits come one by one: a moment's patience makes batches of them.
        await asyncio.sleep(self._pace.gather)

    async def _failed(self, trouble: Unavailable) -> None:
        self._failures += 1
        if not isinstance(trouble, LeaseRunsOut):
            await self._report(self._table.name, str(trouble))
        await asyncio.sleep(self._pace.pause(self._failures))

    async def _turn(self) -> bool:
        """Mirror what is due; True when there may be more at once."""
        limit = _ROWS_IN_TROUBLE if self._failures > 1 else _ROWS
        due = await db.read(backlog.due, self._table.name, limit)
        if not due:
            await self._prove()
            return False
        settlement = Settlement()
        ready = self._hold_back(due, settlement)
        records, refused = await self._records(ready)
        writes = [Write(self._table, key, record) for key, record in records.items()]
        outcome = await self._writer.write(writes)
        outcome.refused.update(refused)
        await self._settle(due, outcome, settlement)
        if outcome.trouble:
            if outcome.done:
                self._failures = 0  # throttled, but moving: no reason to slow down further
            raise outcome.trouble
        self._proven = True
        await self._report(self._table.name, "")
        return len(due) >= limit

    async def _prove(self) -> None:
        """Look once whether the table is there, so that a wrong set-up shows before a change."""
        if not self._proven:
            await self._writer.check(self._table)
            self._proven = True
            await self._report(self._table.name, "")

    def _hold_back(self, due: Mapping[Key, list[int]], settlement: Settlement) -> list[Key]:
        """Choose the keys to write now; those put too recently wait for their time."""
        if not self._table.pause:
            return list(due)
        now = time.monotonic()
        earliest = {key: at + self._table.pause for key, at in self._last_put.items()}
        self._last_put = {key: self._last_put[key] for key, at in earliest.items() if at > now}
        for key in due.keys() & self._last_put.keys():
            wait = round(earliest[key] - now, 1)
            settlement.later.update(dict.fromkeys(due[key], wait))
        return [key for key in due if key not in self._last_put]

    async def _records(
        self, keys: Collection[Key]
    ) -> tuple[dict[Key, object | None], dict[Key, str]]:
        """Read the current records; where reading fails, name the keys that it fails for."""
        if not keys:
            return {}, {}
        read = sources.source_of(self._table).read
        try:
            found = await db.read(read, keys)
        except Unavailable:
            raise
        except Exception as error:
            if len(keys) == 1:
                return {}, {key: f"{type(error).__name__}: {error}"[:500] for key in keys}
            records: dict[Key, object | None] = {}
            refused: dict[Key, str] = {}
            for key in keys:
                one, wrong = await self._records([key])
                records |= one
                refused |= wrong
            return records, refused
        return {key: found.get(key) for key in keys}, {}

    async def _settle(
        self, due: Mapping[Key, list[int]], outcome: Outcome, settlement: Settlement
    ) -> None:
        """Write down what became of the turn, and remember what the next ones must know."""
        for key in outcome.done:
            doubtful = key in self._doubtful
            (settlement.again if doubtful else settlement.done).extend(due[key])
            if self._table.pause:
                self._last_put[key] = time.monotonic()
        for key, error in outcome.refused.items():
            settlement.refused.update(dict.fromkeys(due[key], error))
        await db.write(backlog.settle, settlement, self._pace.write_again)
        self._doubtful -= outcome.done
        self._doubtful |= outcome.doubtful
        if outcome.stale:
            # Another relay may have written a newer record before this late call: once more, and
            # again for a call that is still under way.
            for seconds in (0, self._pace.write_again):
                await db.write(backlog.queue, self._table.name, outcome.stale, seconds)
            outbox.wake()
