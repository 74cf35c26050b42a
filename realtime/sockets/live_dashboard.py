"""One tutor's open dashboard: snapshot, then changes, then a check that repairs what was lost."""

import random
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.conf import settings

from realtime.broadcast import dashboard_frames, publish
from realtime.per_process.status_journal import Journal
from realtime.presence.rules import Change, Student, Watch
from realtime.presence.snapshot import read_by_id, read_students
from realtime.sockets.live_connection import LiveConnection
from realtime.sockets.write_queue import Written
from speaktracker import db, metrics
from speaktracker.clock import now, wire

Event = dict[str, Any]

# How often a change of a student who is not on the roster may have the roster read again.
ROSTER_READ_SECONDS = 2


class Dashboard:
    """What one dashboard shows; changes reach it through `hear`, in the loop of its socket."""

    def __init__(self, connection: LiveConnection, journal: Journal, batch: bool) -> None:
        self._connection = connection
        self._journal = journal
        self._batch = batch
        self._watch = Watch()
        self._seeded = False
        # While a snapshot is on its way, changes wait here and then pass by version.
        self._held: list[Event] | None = []
        self._roster_read_at = 0.0
        self.check_at = 0.0

    async def load(self) -> None:
        """Send `broadcast_all`; edges the dashboard has missed come first. Raises Unavailable."""
        held = self._held = self._held or []
        try:
            # What other processes have not journalled yet comes as updates, held until then.
            await publish.ask_journals(self._connection.user_id, self._journal.name)
            await self._journal.flush()
            students = await db.read(read_students, self._connection.user_id)
            await self._send_missed(students)
        except BaseException:
            self._release(held)
            raise
        texts = dashboard_frames.snapshot(self._connection.email, students, wire(now()))
        self._connection.touch()
        self._connection.outlet.put_snapshot(texts)
        self._watch.seed(students)
        self._seeded = True
        self._roster_read_at = time.monotonic()
        self._plan_check()
        self._release(held)

    async def check(self) -> None:
        """Send what lost pushes left out; a changed roster has everything sent again."""
        if self._held is not None:
            return
        self._plan_check()
        students = await db.read(read_students, self._connection.user_id)
        if {student.student_id for student in students} != self._watch.roster():
            await self.load()
            return
        for change in self._watch.missing(students):
            self._show(change)

    def hear(self, event: Event) -> None:
        """Show a published change, if it is news here."""
        if self._held is not None:
            self._held.append(event)
            return
        student_id: int = event["student"]
        if event["membership"] == "added":
            self._watch.add(student_id)
        action = self._watch.admit(student_id, event["version"], event["in_class"])
        if action is None:
            self._ask_who(student_id)
            return
        if action == "update" and self._batch:
            text = event["text"][event["data_at"] : -1]
        elif action == event["action"]:
            text = event["text"]
        else:
            text = self._rewrite(action, event)
        self._put(action, student_id, text, event["received"])
        if event["membership"] == "removed":
            self._watch.remove(student_id)

    def _rewrite(self, action: str, event: Event) -> str:
        data: str = event["text"][event["data_at"] : -1]
        if action == "student_left" and event["action"] != "student_left":
            data = f'{data[:-1]},"reason":"finished"}}'
        return f"{dashboard_frames.head(self._connection.email, action)}{data}}}"

    def _put(self, action: str, student_id: int, text: str, received: float) -> None:
        connection = self._connection
        connection.touch()
        written = _delay_of(received) if received else None
        if action == "update":
            connection.outlet.put_update(student_id, text, written)
        else:
            connection.outlet.put_edge(student_id, text, written)

    def _show(self, change: Change) -> None:
        data = dashboard_frames.change_data(change)
        if not (change.action == "update" and self._batch):
            data = f"{dashboard_frames.head(self._connection.email, change.action)}{data}}}"
        self._put(change.action, change.student.student_id, data, 0.0)

    async def _send_missed(self, students: Sequence[Student]) -> None:
        if not self._seeded:
            return
        now_taught = {student.student_id for student in students}
        gone = [
            student_id
            for student_id in self._watch.roster() - now_taught
            if self._watch.in_class(student_id)
        ]
        for student in await db.read(read_by_id, gone) if gone else ():
            self._show(Change("student_left", student, "removed"))
        for student in students:
            self._watch.add(student.student_id)
        for change in self._watch.missing(students):
            if change.action != "update":
                self._show(change)

    def _ask_who(self, student_id: int) -> None:
        # A student who was assigned elsewhere while the news of it was lost.
        overdue = time.monotonic() - self._roster_read_at > ROSTER_READ_SECONDS
        if overdue and not self._watch.watches(student_id):
            self._roster_read_at = time.monotonic()
            self._connection.detach(self.check())

    def _plan_check(self) -> None:
        # Spread, so that the dashboards of a process do not read all at once.
        seconds = settings.LIMITS.dashboard_check_seconds * random.uniform(0.6, 0.9)
        self.check_at = time.monotonic() + seconds

    def _release(self, held: list[Event]) -> None:
        self._held = None
        for event in held:
            self.hear(event)


# Of the dashboards of a process that show one status, all but the slow show it at once, in the
# same turn of the loop: they share one observation.
@lru_cache(maxsize=1)
def _delay_of(received: float) -> Written:
    """Make what observes the delay of a status that came at `received` (epoch s), once."""
    observed = False

    def observe(written: bool) -> None:
        nonlocal observed
        if written and not observed:
            observed = True
            metrics.status_shown(time.time() - received)

    return observe
