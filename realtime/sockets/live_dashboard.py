"""One tutor's open dashboard: snapshot, then changes, then a check that repairs what was lost.

docs/architecture.md, "The way of a status", tells the whole way that ends here.
"""

import asyncio
import random
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from django.conf import settings

from realtime.broadcast import dashboard_frames, publish
from realtime.per_process.status_journal import Journal
from realtime.presence.class_rules import Student, StudentChange
from realtime.presence.snapshot import read_by_id, read_students
from realtime.presence.transitions import Tutor
from realtime.sockets.last_sent import LastSent
from realtime.sockets.write_queue import WriteQueue
from speaktracker import db, metrics
from speaktracker.clock import now, wire
from speaktracker.layers.subscription import Subscription

Event = dict[str, Any]
Spawn = Callable[[Coroutine[Any, Any, None]], bool]

# How often a change of a student who is not on the roster may have the roster read again.
ROSTER_READ_SECONDS = 2


class Dashboard:
    """What one dashboard shows; changes reach it through `on_event`, in its socket's loop."""

    def __init__(
        self,
        tutor: Tutor,
        connection_id: str,
        write_queue: WriteQueue,
        journal: Journal,
        spawn: Spawn,
    ) -> None:
        """Show `tutor` their students; `spawn` lets work go on beside the socket."""
        self._tutor = tutor
        self._connection_id = connection_id
        self._subscription: Subscription | None = None
        self._write_queue = write_queue
        self._journal = journal
        self._spawn = spawn
        self._last_sent = LastSent()
        self._seeded = False
        # While a snapshot is on its way, changes wait here and then pass by version. Before the
        # first one everything waits: nothing may be shown that the snapshot then takes back.
        self._held: list[Event] | None = []
        # Two snapshots at once would each release what the other still holds back, and set the
        # memory of what was sent back to the older one: they come one after the other.
        self._loading = asyncio.Lock()
        self._asked = self._served = 0
        self._load_is_due = False
        self._roster_read_at = 0.0
        self.check_at = 0.0

    async def subscribe(self) -> None:
        """Hear from now on what is published for the tutor's dashboards; end it with `close`."""
        self._subscription = await Subscription.open("dashboard.")
        await self._subscription.join(publish.dashboards_group(self._tutor.user_id))
        self._subscription.start(self.on_event)

    def close(self) -> None:
        """Hear nothing more; harmless to repeat."""
        if self._subscription is not None:
            self._subscription.close()

    async def load(self) -> None:
        """Send `broadcast_all`, once for all who ask before it begins. Raises Unavailable.

        Joins and leaves that the dashboard has missed come first.
        """
        self._asked += 1
        mine = self._asked
        async with self._loading:
            if self._served >= mine:
                return
            self._load_is_due = False
            everybody = self._asked
            await self._load()
            self._served = everybody

    def load_soon(self) -> None:
        """Have a snapshot sent beside the socket; one that has not begun yet serves all."""
        if not self._load_is_due:
            self._load_is_due = self._spawn(self.load())

    async def check(self) -> None:
        """Send what lost pushes left out; a changed roster has everything sent again."""
        if self._held is not None:
            return
        self._plan_check()
        students = await db.read(read_students, self._tutor.user_id)
        if {student.student_id for student in students} != self._last_sent.roster():
            await self.load()
            return
        for change in self._last_sent.missing(students):
            self._show(change)

    def on_event(self, event: Event) -> None:
        """Show what was published for the tutor's dashboards, if it is news here."""
        kind = event["type"]
        if kind == "dashboard.student":
            if self._held is None:
                self._on_student(event)
            else:
                self._held.append(event)
        elif kind == "dashboard.roster":
            self.load_soon()
        elif kind == "dashboard.text" and event["but_not_to"] != self._connection_id:
            self._write_queue.put(event["text"])

    def _on_student(self, event: Event) -> None:
        student_id: int = event["student"]
        membership = event["membership"]
        if membership == "added":
            self._last_sent.add(student_id)
        action = self._last_sent.admit(student_id, event["version"], event["in_class"], event)
        if action is None:
            self._read_roster_of_stranger(student_id)
            return
        received = event["received"]
        written = metrics.status_delay(received) if received else None
        if action != "update":
            self._write_queue.put_transition(student_id, self._text_as(action, event), written)
        elif self._write_queue.merges:
            self._write_queue.put_update(student_id, _data_of(event), written)
        else:
            text = event["text"] if event["action"] == "update" else self._text_as(action, event)
            self._write_queue.put_update(student_id, text, written)
        if membership == "removed":
            self._last_sent.remove(student_id)

    def _text_as(self, action: str, event: Event) -> str:
        """Write an event as `action`, which is not its own where this dashboard missed another."""
        text: str = event["text"]
        if action == event["action"]:
            return text
        data = _data_of(event)
        if action == "student_left":
            data = f'{data[:-1]},"reason":"finished"}}'
        return f"{dashboard_frames.head(self._tutor.email, action)}{data}}}"

    def _show(self, change: StudentChange) -> None:
        data = dashboard_frames.student_json(change.student, change.reason)
        if change.action == "update" and self._write_queue.merges:
            self._write_queue.put_update(change.student.student_id, data)
            return
        text = f"{dashboard_frames.head(self._tutor.email, change.action)}{data}}}"
        if change.action == "update":
            self._write_queue.put_update(change.student.student_id, text)
        else:
            self._write_queue.put_transition(change.student.student_id, text)

    async def _load(self) -> None:
        held = self._held = self._held or []
        try:
            # What other processes have not journalled yet comes as updates, held until then.
            publish.ask_journals(self._tutor.user_id, self._journal.name)
            await self._journal.flush()
            students = await db.read(read_students, self._tutor.user_id)
            if self._seeded:
                await self._send_missed(students)
            data = [self._newest_data(student) for student in students]
            self._write_queue.put_snapshot(
                dashboard_frames.snapshot(self._tutor.email, data, wire(now()))
            )
            self._last_sent.seed(students)
            self._seeded = True
            self._roster_read_at = time.monotonic()
            self._plan_check()
        finally:
            self._held = None
            for event in held:
                self._on_student(event)

    def _newest_data(self, student: Student) -> str:
        # Another process may not have journalled yet what this dashboard has shown already.
        newer = self._last_sent.newer_than(student)
        return _data_of(newer) if newer else dashboard_frames.student_json(student)

    async def _send_missed(self, students: Sequence[Student]) -> None:
        gone = self._last_sent.roster() - {student.student_id for student in students}
        shown = [student_id for student_id in gone if self._last_sent.shows_in_class(student_id)]
        for student in await db.read(read_by_id, shown) if shown else ():
            self._show(StudentChange("student_left", student, "removed"))
        for student in students:
            self._last_sent.add(student.student_id)
        for change in self._last_sent.missing(students):
            if change.action != "update":
                self._show(change)

    def _read_roster_of_stranger(self, student_id: int) -> None:
        # A student who was assigned elsewhere while the news of it was lost.
        overdue = time.monotonic() - self._roster_read_at > ROSTER_READ_SECONDS
        if overdue and not self._last_sent.is_on_roster(student_id):
            self._roster_read_at = time.monotonic()
            self._spawn(self.check())

    def _plan_check(self) -> None:
        # Spread, so that the dashboards of a process do not read all at once.
        seconds = settings.LIMITS.dashboard_check_seconds * random.uniform(0.6, 0.9)
        self.check_at = time.monotonic() + seconds


def _data_of(event: Event) -> str:
    text: str = event["text"]
    return text[event["data_at"] : -1]
