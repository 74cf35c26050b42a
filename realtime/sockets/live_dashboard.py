"""One tutor's open dashboard: snapshot, then changes, then a check that repairs what was lost.

docs/architecture.md, "The way of a status", tells the whole way that ends here.
"""

import asyncio
import random
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any

from django.conf import settings

from realtime.broadcast import dashboard_frames
from realtime.broadcast.dashboard_frames import data_of, text_as
from realtime.broadcast.lent_frames import marked
from realtime.per_process.process_state import ProcessState
from realtime.presence.class_rules import Action, Student, StudentChange
from realtime.presence.news import Tutor
from realtime.protocol.server_messages import LastFeedback
from realtime.sockets.fan_out.last_sent import LastSent
from realtime.sockets.fan_out.tutor_board import board_of
from realtime.sockets.feedback_states import FeedbackStates
from realtime.sockets.lent_students import LentStudents
from realtime.sockets.message_source import messages
from realtime.sockets.write_queue import WriteQueue
from speaktracker import db, metrics
from speaktracker.clock import now, wire

Event = dict[str, Any]
Spawn = Callable[[Coroutine[Any, Any, None]], bool]

# How often a change of a student who is not on the roster may have the roster read again.
ROSTER_READ_SECONDS = 2
# How many changes may wait for a snapshot that is being read; with more it is read once again.
HELD_BOUND = 10_000


class Dashboard:
    """What one dashboard shows; changes reach it through `on_event`, in its socket's loop."""

    def __init__(
        self, tutor: Tutor, write_queue: WriteQueue, process: ProcessState, spawn: Spawn
    ) -> None:
        """Show `tutor` their students; `spawn` lets work go on beside the socket."""
        self._tutor = tutor
        self._board = board_of(tutor.user_id)
        self.write_queue = write_queue
        self._process = process
        self._spawn = spawn
        self.last_sent = LastSent()
        self._lent = LentStudents(tutor, process, self.on_event)
        self.feedback = FeedbackStates(write_queue)
        self._seeded = False
        # While a snapshot is on its way, changes wait here and then pass by version. Before the
        # first one everything waits: nothing may be shown that the snapshot then takes back.
        self._held: list[Event] | None = []
        # Two snapshots at once would each release what the other still holds back, and set the
        # memory of what was sent back to the older one: they come one after the other.
        self._loading = asyncio.Lock()
        self._asked = self._served = 0
        self._load_is_due = False
        # A reader who is behind has one snapshot waiting at most; who asks meanwhile is served by
        # one that is read when that one has gone out, and so is newer.
        self._snapshot_waits = self._load_when_written = False
        self._roster_read_at = 0.0
        self.check_at = 0.0

    async def subscribe(self) -> None:
        """Hear from now on what is published for the tutor's dashboards; end it with `close`."""
        await self._board.enter(self)

    def close(self) -> None:
        """Hear nothing more; harmless to repeat."""
        self._lent.close()
        self._board.leave(self)

    async def load(self) -> None:
        """Send `broadcast_all`, once for all who ask before it begins. Raises Unavailable.

        Joins and leaves that the dashboard has missed come first. While an earlier snapshot still
        waits to be written, this one is read and sent after it.
        """
        if self._snapshot_waits:
            self._load_when_written = True
            return
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
        reads = self._process.class_reads
        groups, versions, lent = await reads.outline(self._tutor.user_id)
        self._plan_check()  # one that failed is made up for at the next turn
        if not (self.last_sent.is_of(groups) and self._lent.is_of(lent)):
            await self.load()
            return
        for change in self.last_sent.missing(await reads.students(self.last_sent.behind(versions))):
            self._board.part(change.student.student_id)
            self._show(change)

    async def catch_up(self) -> None:
        """Send what a gap left out, and have repeated what is not in SQL. Raises Unavailable."""
        await self._lent.ask_journals()
        await self.check()

    def shows_any(self, student_ids: Iterable[int]) -> bool:
        """Tell whether one of these students at least stands on this dashboard."""
        return self.last_sent.is_any_on_roster(student_ids)

    async def follow_roster(self) -> None:
        """Send everything again if the roster is another one than was sent. Raises Unavailable."""
        # A snapshot that is on its way may have been read before the change.
        async with self._loading:
            pass
        await self.check()

    def on_event(self, event: Event) -> None:
        """Show what was published for the tutor's dashboards, if it is news here."""
        kind = event["type"]
        if kind == "dashboard.student":
            if self._held is None:
                self._on_student(event)
            elif len(self._held) < HELD_BOUND:
                self._held.append(event)
            else:
                self._load_when_written = True
        elif kind == "dashboard.roster":
            self.load_soon()
        elif kind == "dashboard.feedback":
            self.feedback.show(event)
        elif kind == "dashboard.lent":
            self._spawn(self.follow_roster())

    def _on_student(self, event: Event) -> None:
        """Admit a change for this dashboard alone."""
        student_id: int = event["student"]
        self._board.part(student_id)
        if event["membership"] == "added":
            self.last_sent.add(student_id)
        version, in_class = event["version"], event["in_class"]
        self.show(event, self.last_sent.admit(student_id, version, in_class, event))

    def show(self, event: Event, action: Action | None) -> None:
        """Show a student's change that was admitted as `action`; None: it is no news here."""
        student_id: int = event["student"]
        if action is None:
            self._read_roster_of_stranger(student_id)
            return
        received = event["received"]
        written = metrics.status_delay(received) if received else None
        text: str = event["text"]
        if action != event["action"]:
            text = text_as(action, event, self._tutor.email)
        if action != "update":
            self.write_queue.put_transition(student_id, text, written)
        elif self.write_queue.merging:
            self.write_queue.put_update(student_id, data_of(event), written)
        else:
            self.write_queue.put_update(student_id, text, written)
        if event["membership"] == "removed":
            self.last_sent.remove(student_id)

    def _show(self, change: StudentChange) -> None:
        data = dashboard_frames.student_json(change.student, change.reason)
        data = marked(data, self._lent.of(change.student.student_id))
        if change.action == "update" and self.write_queue.merging:
            self.write_queue.put_update(change.student.student_id, data)
            return
        text = f"{dashboard_frames.head(self._tutor.email, change.action)}{data}}}"
        if change.action == "update":
            self.write_queue.put_update(change.student.student_id, text)
        else:
            self.write_queue.put_transition(change.student.student_id, text)

    async def _load(self) -> None:
        held = self._held = self._held or []
        self._board.hold(self)
        try:
            students, lent = await self._lent.read_students()
            source = messages()
            last = await db.read(source.last_given, self._tutor.user_id, lent) if source else {}
            if self._seeded:
                await self._send_missed(students)
            data = [self._newest_data(one, last.get(one.student_id)) for one in students]
            self._snapshot_waits = True
            self.write_queue.put_snapshot(
                dashboard_frames.snapshot(self._tutor.email, data, wire(now())),
                self._note_snapshot_written,
            )
            self.last_sent.seed(students)
            self._seeded = True
            self._roster_read_at = time.monotonic()
            self._plan_check()
        finally:
            self._held = None
            for event in held:
                self._on_student(event)
            self._board.release(self)

    def _note_snapshot_written(self, success: bool) -> None:
        self._snapshot_waits = False
        if self._load_when_written and success:
            self._load_when_written = False
            self.load_soon()

    def _newest_data(self, student: Student, last: LastFeedback | None) -> str:
        # Another process may not have journalled yet what this dashboard has shown already.
        newer = self.last_sent.newer_than(student)
        told = newer.get("told", newer) if newer else None
        data = data_of(told) if told else dashboard_frames.student_json(student)
        data = marked(data, self._lent.of(student.student_id))
        return dashboard_frames.with_last_feedback(data, last)

    async def _send_missed(self, students: Sequence[Student]) -> None:
        gone = self.last_sent.roster() - {student.student_id for student in students}
        shown = [student_id for student_id in gone if self.last_sent.shows_in_class(student_id)]
        for student in await self._process.class_reads.students(shown):
            self._show(StudentChange("student_left", student, "removed"))
        for student in students:
            self.last_sent.add(student.student_id)
        for change in self.last_sent.missing(students):
            if change.action != "update":
                self._show(change)

    def _read_roster_of_stranger(self, student_id: int) -> None:
        # A student who was assigned elsewhere while the news of it was lost.
        overdue = time.monotonic() - self._roster_read_at > ROSTER_READ_SECONDS
        if overdue and not self.last_sent.is_on_roster(student_id):
            self._roster_read_at = time.monotonic()
            self._spawn(self.check())

    def _plan_check(self) -> None:
        # Spread, so that the dashboards of a process do not read all at once.
        seconds = settings.LIMITS.dashboard_check_seconds * random.uniform(0.6, 0.9)
        self.check_at = time.monotonic() + seconds
