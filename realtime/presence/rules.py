"""Who is in class, and what a dashboard has to be told. Pure: no Django, no clock, no I/O.

A student is *online* from the first connection until the last one has been gone for the grace of a
reload, and *in class* while online with a latest status other than `finished`. `student_joined` and
`student_left` are the two edges of that one fact.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from realtime.protocol.messages import LeaveReason, Status

Action = Literal["update", "student_joined", "student_left"]


class Student(Struct, frozen=True, gc=False):
    """One student as the classroom knows them; `version` only grows."""

    student_id: int
    email: str
    name: str
    online: bool = False
    in_class: bool = False
    status: Status | None = None
    session_id: str | None = None
    current_sentence: str = ""
    progress: float = 0
    last_update: datetime | None = None
    version: int = 0


class Report(Struct, frozen=True, gc=False):
    """A status message as it arrived, numbered with the version it gives its student."""

    student_id: int
    version: int
    status: Status
    session_id: str
    current_sentence: str
    progress: float
    arrived_at: datetime
    client_timestamp: str | None = None


class Change(Struct, frozen=True, gc=False):
    """What dashboards must hear of one student."""

    action: Action
    student: Student
    reason: LeaveReason | None = None


def next_version(clock_microseconds: int, known: int) -> int:
    """Number a change so that it exceeds both the clock and every version heard of."""
    # A plain comparison: this stands in the way of every status, and `max` costs more.
    return clock_microseconds if clock_microseconds > known else known + 1


def flips(in_class: bool, status: Status) -> bool:
    """Tell whether `status` of an online student moves them into or out of class."""
    return in_class == (status == "finished")


def connect(student: Student, version: int, at: datetime) -> Change | None:
    """Bring a student online; None for another tab, a reload or a finished student's return."""
    if student.online:
        return None
    joined = replace(
        student,
        online=True,
        in_class=True,
        status="idle",
        session_id=None,
        current_sentence="",
        progress=0,
        last_update=at,
        version=version,
    )
    return Change("student_joined", joined)


def report(student: Student, news: Report) -> Change | None:
    """Apply a status; None when something newer is known already or the student is offline."""
    if news.version <= student.version or not student.online:
        return None
    now_in_class = news.status != "finished"
    changed = replace(
        student,
        in_class=now_in_class,
        status=news.status,
        session_id=news.session_id,
        current_sentence=news.current_sentence,
        progress=news.progress,
        last_update=news.arrived_at,
        version=news.version,
    )
    if now_in_class == student.in_class:
        return Change("update", changed)
    if now_in_class:
        return Change("student_joined", changed)
    return Change("student_left", changed, "finished")


def take_back(student: Student, news: Report) -> Change | None:
    """Take back what dashboards were shown of a student whom others had reaped meanwhile."""
    if student.online or news.version <= student.version:
        return None
    return Change("student_left", replace(student, version=news.version + 1), "disconnected")


def leave(student: Student, version: int) -> Change | None:
    """Take a student offline after the grace; their last values stay to be shown."""
    if not student.online:
        return None
    gone = replace(student, online=False, in_class=False, version=version)
    if student.in_class:
        return Change("student_left", gone, "disconnected")
    return Change("update", gone)


class Shown(Struct, gc=False):
    """What one dashboard was last told of a student."""

    version: int
    in_class: bool


class Watch:
    """What one dashboard has been told of each of its tutor's students.

    It drops what is older than what was shown, and edges that would not flip, so that joins and
    leaves alternate at each dashboard even over an at-most-once layer.
    """

    def __init__(self) -> None:
        self._shown: dict[int, Shown] = {}

    def seed(self, students: Iterable[Student]) -> None:
        """Remember a whole snapshot that was sent."""
        self._shown = {
            student.student_id: Shown(student.version, student.in_class) for student in students
        }

    def watches(self, student_id: int) -> bool:
        """Tell whether the student is on this dashboard's roster."""
        return student_id in self._shown

    def add(self, student_id: int) -> None:
        """Put a student on the roster who was just assigned; a join may follow."""
        self._shown.setdefault(student_id, Shown(-1, False))

    def remove(self, student_id: int) -> None:
        """Take a student off the roster who was just removed."""
        self._shown.pop(student_id, None)

    def admit(self, student_id: int, version: int, in_class: bool) -> Action | None:
        """Say as what a change may be shown: None for what is old or not on the roster."""
        shown = self._shown.get(student_id)
        if shown is None or version <= shown.version:
            return None
        shown.version = version
        if shown.in_class == in_class:
            return "update"
        shown.in_class = in_class
        return "student_joined" if in_class else "student_left"

    def missing(self, truth: Iterable[Student]) -> Iterator[Change]:
        """Find what this dashboard was not told of; each find counts as told."""
        for student in truth:
            action = self.admit(student.student_id, student.version, student.in_class)
            if action == "student_left":
                yield Change(action, student, "finished" if student.online else "disconnected")
            elif action:
                yield Change(action, student)

    def roster(self) -> set[int]:
        """Return the ids of the students on this dashboard."""
        return set(self._shown)

    def in_class(self, student_id: int) -> bool:
        """Tell whether this dashboard shows the student in class."""
        shown = self._shown.get(student_id)
        return shown is not None and shown.in_class
