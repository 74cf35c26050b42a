"""Who is in class, and what changes that. Pure: no Django, no clock, no I/O.

A student is *online* from the first connection until the last one has been gone for the grace of a
reload, and *in class* while online with a latest status other than `finished`. `student_joined` and
`student_left` are the two transitions of that one fact.
"""

from datetime import datetime
from typing import Literal, cast

from msgspec import Struct
from msgspec.structs import replace

from realtime.protocol.field_types import LeaveReason, Status

Action = Literal["update", "student_joined", "student_left"]


class Practice(Struct, frozen=True, gc=False):
    """What a status says of a student; tables and dashboards have a field of each name."""

    status: Status | None = None
    session_id: str | None = None
    current_sentence: str = ""
    progress: float = 0
    last_update: datetime | None = None


NO_PRACTICE = Practice()


class Student(Struct, frozen=True, gc=False):
    """One student as the classroom knows them; `version` only grows."""

    student_id: int
    email: str
    name: str
    online: bool = False
    in_class: bool = False
    practice: Practice = NO_PRACTICE
    version: int = 0


class Report(Struct, frozen=True, gc=False):
    """A status as it arrived, numbered with the version it gives its student."""

    student_id: int
    version: int
    practice: Practice
    client_timestamp: str | None = None

    @property
    def arrived_at(self) -> datetime:
        """The server's time of arrival, which a status always has."""
        return cast(datetime, self.practice.last_update)


class StudentChange(Struct, frozen=True, gc=False):
    """What dashboards must hear of one student."""

    action: Action
    student: Student
    reason: LeaveReason | None = None


def connect(student: Student, version: int, at: datetime) -> StudentChange | None:
    """Bring a student online; None for another tab, a reload or a finished student's return."""
    if student.online:
        return None
    idle = Practice(status="idle", last_update=at)
    joined = replace(student, online=True, in_class=True, practice=idle, version=version)
    return StudentChange("student_joined", joined)


def report(student: Student, news: Report) -> StudentChange | None:
    """Apply a status; None when something newer is known already or the student is offline."""
    if news.version <= student.version or not student.online:
        return None
    now_in_class = news.practice.status != "finished"
    changed = replace(student, in_class=now_in_class, practice=news.practice, version=news.version)
    if now_in_class == student.in_class:
        return StudentChange("update", changed)
    if now_in_class:
        return StudentChange("student_joined", changed)
    return StudentChange("student_left", changed, "finished")


def take_back(student: Student, news: Report) -> StudentChange | None:
    """Take back what dashboards were shown of a student whom others had reaped meanwhile."""
    if student.online or news.version <= student.version:
        return None
    return StudentChange("student_left", replace(student, version=news.version + 1), "disconnected")


def leave(student: Student, version: int) -> StudentChange | None:
    """Take a student offline after the grace; their last values stay to be shown."""
    if not student.online:
        return None
    gone = replace(student, online=False, in_class=False, version=version)
    if student.in_class:
        return StudentChange("student_left", gone, "disconnected")
    return StudentChange("update", gone)
