"""Status reports on their way into SQL: batched, so that the message path needs no query.

A change of status or session is written with the next batch (at most a second later), a tick of
progress at most every five seconds per student. What waits here is at worst lost with a crash of
the process; the next report of the student repairs it.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Collection

from django.conf import settings

from realtime.broadcast import publish
from realtime.presence import transitions
from realtime.presence.class_rules import Report
from realtime.presence.transitions import Moved, News
from speaktracker import db, logs
from speaktracker.exceptions import Unavailable

BATCH_SECONDS = 0.5
# Beyond this many students the oldest ticks give way; their next report brings them back.
BOUND = 50_000
# A snapshot that is being made elsewhere may have read SQL before a batch this young was in it.
OVERLAP_SECONDS = 3

Key = tuple[int, str | None]
Write = Callable[[Collection[Report]], Awaitable[list[News]]]


async def _write(reports: Collection[Report]) -> list[News]:
    news = await db.write(transitions.apply, reports)
    # A plain update was published when it arrived; an edge was not, another tab's news raced it.
    return [item for item in news if isinstance(item, Moved) or item.change.action != "update"]


class Journal:
    """The reports of one process that are not in SQL yet, the latest per student and session."""

    def __init__(self, write: Write = _write, clock: Callable[[], float] = time.monotonic) -> None:
        self.name = secrets.token_hex(8)
        self._write = write
        self._clock = clock
        self._waiting: dict[Key, Report] = {}
        self._due: dict[Key, float] = {}
        self._written: dict[int, tuple[Report, float]] = {}
        self._parted: set[int] = set()
        self._tick_seconds = settings.LIMITS.progress_journal_seconds
        self._writing = asyncio.Lock()

    def record(self, report: Report) -> None:
        """Take a report; it is written when it is due."""
        said, due = report.practice, self._clock()
        key = (report.student_id, said.session_id)
        last, written_at = self._written.get(report.student_id, (None, 0.0))
        before = last and last.practice
        if before and (before.status, before.session_id) == (said.status, said.session_id):
            due = max(due, written_at + self._tick_seconds)
        known = self._due.get(key)
        if known is None or due < known:
            self._due[key] = due
        self._waiting[key] = report
        if known is None and len(self._waiting) > BOUND:
            oldest = next(iter(self._waiting))
            del self._waiting[oldest], self._due[oldest]

    async def flush(self, *, everything: bool = True) -> None:
        """Write what waits, or only what is due, in one transaction; raises Unavailable."""
        async with self._writing:
            now = self._clock()
            batch = {
                key: report
                for key, report in self._waiting.items()
                if everything or self._due[key] <= now or key[0] in self._parted
            }
            parted, self._parted = self._parted, set()
            if not batch:
                return
            try:
                news = await self._write(batch.values())
            except BaseException:
                self._parted |= parted
                raise
            now = self._clock()
            for key, report in batch.items():
                self._written[report.student_id] = (report, now)
                if self._waiting.get(key) is report:
                    del self._waiting[key], self._due[key]
        publish.announce(news)

    def unread(self, student_ids: Collection[int]) -> list[Report]:
        """Find the latest report of each of these students that a snapshot may not have read."""
        since = self._clock() - OVERLAP_SECONDS
        young = (self._written.get(student_id, (None, 0.0)) for student_id in student_ids)
        latest = {report.student_id: report for report, at in young if report and at >= since}
        for (student_id, _), report in self._waiting.items():
            known = latest.get(student_id)
            if student_id in student_ids and (known is None or known.version < report.version):
                latest[student_id] = report
        return list(latest.values())

    def part(self, student_id: int) -> None:
        """Have a student's last words written with the next batch: nobody here repeats them."""
        self._parted.add(student_id)
        self._written.pop(student_id, None)

    async def run(self) -> None:
        """Write what is due, until cancelled; an outage only makes the batches larger."""
        while True:
            await asyncio.sleep(BATCH_SECONDS)
            try:
                await self.flush(everything=False)
            except Unavailable as error:
                logs.event("error", status="error", error=f"journal: {error}")
