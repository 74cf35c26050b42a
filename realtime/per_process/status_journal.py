"""Status reports on their way into SQL: batched, so that the message path needs no query.

A change of status or session is written with the next batch (at most a second later), a tick of
progress at most every five seconds per student. Of what a student reports between two batches the
latest is written, and each change of status, session or sentence for their history. What waits
here is at worst lost with a crash of the process; the next report of the student repairs it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from itertools import chain

from django.conf import settings

from realtime.broadcast import publish
from realtime.presence import transitions
from realtime.presence.class_rules import Report
from realtime.presence.news import Announcement, Moved, News
from speaktracker import db
from speaktracker.exceptions import Unavailable

BATCH_SECONDS = 0.5
# Beyond this many students the oldest ticks give way; their next report brings them back.
BOUND = 50_000
# Beyond this many changes a student's latest takes the place of the one before it, as ticks do.
CHANGES_BOUND = 100_000
# So many of one student in so many microseconds: a client that says more is nobody who practises,
# and must not fill the tables.
CHANGES_OF_ONE, IN_MICROSECONDS = 10, 5_000_000
# After an outage the backlog is written in several transactions.
BATCH_CHANGES = 5_000
# A snapshot that is being made elsewhere may have read SQL before a batch this young was in it.
OVERLAP_SECONDS = 3

Key = tuple[int, str | None]
Write = Callable[[Collection[Report], Collection[Report]], Awaitable[list[News]]]


async def _write(reports: Collection[Report], changes: Collection[Report]) -> list[News]:
    news = await db.write(transitions.apply, reports, changes)
    # A plain update was published when it arrived, unless it has another number now; an edge was
    # not, another tab's news raced it.
    published = {report.version for report in reports}
    return [item for item in news if isinstance(item, Moved) or not _is_known(item, published)]


def _is_known(item: Announcement, published: Collection[int]) -> bool:
    return item.change.action == "update" and item.change.student.version in published


class Journal:
    """The reports of one process that are not in SQL yet, the latest per student and session."""

    def __init__(self, write: Write = _write, clock: Callable[[], float] = time.monotonic) -> None:
        self._write = write
        self._clock = clock
        self._waiting: dict[Key, Report] = {}
        self._due: dict[Key, float] = {}
        self._written: dict[int, tuple[Report, float]] = {}
        # What each student does since the last change, and the changes that are not written; each
        # of their keys waits, too.
        self._doing: dict[int, Report] = {}
        self._changes: dict[Key, list[Report]] = {}
        self._change_count = 0
        self._parted: set[int] = set()
        self._tick_seconds = settings.LIMITS.progress_journal_seconds
        self._writing = asyncio.Lock()

    def record(self, report: Report) -> None:
        """Take a report; it is written when it is due."""
        due = self._clock()
        key = (report.student_id, report.session_id)
        last, written_at = self._written.get(report.student_id, (None, 0.0))
        if last and (last.status, last.session_id) == (report.status, report.session_id):
            due = max(due, written_at + self._tick_seconds)
        doing = self._doing.get(report.student_id)
        if (
            doing is None
            or doing.current_sentence != report.current_sentence
            or doing.status != report.status
            or doing.session_id != report.session_id
        ):
            self._doing[report.student_id] = report
            changes = self._changes.get(key)
            if changes is None:
                self._changes[key] = [report]
                self._change_count += 1
            # Versions are about the time of arrival in microseconds.
            elif self._change_count >= CHANGES_BOUND or (
                len(changes) >= CHANGES_OF_ONE
                and report.version - changes[-CHANGES_OF_ONE].version < IN_MICROSECONDS
            ):
                changes[-1] = report
            else:
                changes.append(report)
                self._change_count += 1
        known = self._due.get(key)
        if known is None or due < known:
            self._due[key] = due
        self._waiting[key] = report
        if known is None and len(self._waiting) > BOUND:
            oldest = next(iter(self._waiting))
            del self._waiting[oldest], self._due[oldest]
            self._forget_changes(oldest, self._changes.get(oldest, ()))

    def _forget_changes(self, key: Key, written: Collection[Report]) -> None:
        versions = {report.version for report in written}
        waiting = self._changes.pop(key, [])
        left = [report for report in waiting if report.version not in versions]
        self._change_count -= len(waiting) - len(left)
        if left:
            self._changes[key] = left

    async def flush(self, *, everything: bool = True) -> None:
        """Write what waits, or only what is due, in transactions of a bounded size.

        Raises Unavailable.
        """
        async with self._writing:
            now = self._clock()
            parted, self._parted = self._parted, set()
            due = [
                key
                for key in reversed(self._waiting)
                if everything or self._due[key] <= now or key[0] in parted
            ]
            try:
                while due:
                    publish.announce(await self._write_first(due))
            except BaseException:
                self._parted |= parted
                raise

    async def _write_first(self, due: list[Key]) -> list[News]:
        batch: dict[Key, Report] = {}
        changes: dict[Key, list[Report]] = {}
        count = 0
        while due and count < BATCH_CHANGES:
            key = due.pop()
            if key not in self._waiting:  # it gave way meanwhile
                continue
            batch[key] = self._waiting[key]
            changes[key] = [*self._changes.get(key, ())]
            count += len(changes[key])
        if not batch:
            return []
        news = await self._write(batch.values(), [*chain(*changes.values())])
        now = self._clock()
        for key, report in batch.items():
            self._written[report.student_id] = (report, now)
            self._forget_changes(key, changes[key])
            if self._waiting.get(key) is report:
                del self._waiting[key], self._due[key]
        return news

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

    def follow(self, report: Report) -> None:
        """Know what a student does since a report that was written without waiting here."""
        self._doing[report.student_id] = report

    def part(self, student_id: int) -> None:
        """Have a student's last words written with the next batch: nobody here repeats them."""
        self._parted.add(student_id)
        self._written.pop(student_id, None)
        self._doing.pop(student_id, None)

    async def run(self) -> None:
        """Write what is due, until cancelled; an outage only makes the batches larger."""
        while True:
            await asyncio.sleep(BATCH_SECONDS)
            with suppress(Unavailable):
                await self.flush(everything=False)
