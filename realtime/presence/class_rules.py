"""Who is in class, and what changes that. Pure: no Django, no clock, no I/O.

A student is *online* from the first connection until the last one has been gone for the grace of a
reload, and *in class* while online with a latest status other than `finished`. `student_joined` and
`student_left` are the two transitions of that one fact.
"""

from datetime import datetime
from typing import Any, Literal, cast

from msgspec import Struct
from msgspec.structs import astuple, replace

from realtime.presence.circumstances import NEVER, NO_CIRCUMSTANCES, Circumstances, Since
from realtime.protocol.field_types import LeaveReason, Status

Action = Literal["update", "student_joined", "student_left"]


class Practice(Struct, frozen=True, gc=False):
    """What a status says of a student; tables and dashboards have a field of each name."""

    status: Status | None = None
    session_id: str | None = None
    current_sentence: str = ""
    progress: float = 0
    last_update: datetime | None = None
    skipped: int = 0


NO_PRACTICE = Practice()


class Student(Struct, frozen=True, gc=False):
    """One student as the classroom knows them; `version` only grows.

    `practice_version` is that of the latest status: what else changes of a student meanwhile must
    not make a status that is still on its way look old.
    """

    student_id: int
    email: str
    name: str
    online: bool = False
    in_class: bool = False
    practice: Practice = NO_PRACTICE
    version: int = 0
    practice_version: int = 0
    since: Since = NEVER
    circumstances: Circumstances = NO_CIRCUMSTANCES


class Report(Practice, frozen=True, gc=False, kw_only=True):
    """A status as it arrived, numbered with the version it gives its student.

    Since when its status and its progress stand, and `circumstances_version`, are what it was
    published with, None when it was not; `done` is how many sentences were done in its session,
    None where its client does not say. One object holds all of it, since every status makes one.
    """

    student_id: int
    version: int
    client_timestamp: str | None = None
    status_since: datetime | None = None
    progress_since: datetime | None = None
    circumstances_version: int | None = None
    done: int | None = None

    @property
    def arrived_at(self) -> datetime:
        """The server's time of arrival, which a status always has."""
        return cast(datetime, self.last_update)

    @property
    def practice(self) -> Practice:
        """What it says, without whose it is."""
        return Practice(*(getattr(self, name) for name in Practice.__struct_fields__))

    @property
    def since(self) -> Since | None:
        """What it was published with; None when it was not."""
        return Since(self.status_since, self.progress_since) if self.status_since else None


class StudentChange(Struct, frozen=True, gc=False):
    """What dashboards must hear of one student."""

    action: Action
    student: Student
    reason: LeaveReason | None = None


def connect(
    student: Student, version: int, at: datetime, latest: Report | None = None
) -> StudentChange | None:
    """Bring a student online; None for another tab, a reload or a finished student's return.

    `latest` is what they said last on a socket that never went, though it was taken for gone.
    """
    if student.online:
        return None
    practice = latest.practice if latest else Practice(status="idle", last_update=at)
    in_class = practice.status != "finished"
    circumstances = replace(
        student.circumstances, version=version, came_at=at if in_class else None, help=None
    )
    come = replace(
        student,
        online=True,
        in_class=in_class,
        practice=practice,
        version=version,
        practice_version=version,
        since=(latest.since if latest else None) or Since(at, at),
        circumstances=circumstances,
    )
    return StudentChange("student_joined" if in_class else "update", come)


def changes_class(in_class: bool, status: Status) -> bool:
    """Tell whether `status` of an online student moves them into or out of class."""
    return in_class == (status == "finished")


def report(student: Student, news: Report) -> StudentChange | None:
    """Apply a status; None when something newer is known already or the student is offline."""
    if news.version <= student.practice_version or not student.online:
        return None
    now_in_class = news.status != "finished"
    at = news.arrived_at
    changed = replace(
        student,
        in_class=now_in_class,
        practice=news.practice,
        version=_version_of(student, news),
        practice_version=news.version,
        since=news.since or advance(student.since, student.practice, news, at),
    )
    if now_in_class == student.in_class:
        return StudentChange("update", changed)
    if now_in_class:
        return StudentChange("student_joined", _with(changed, came_at=at))
    return StudentChange("student_left", _left(changed, at), "finished")


def take_back(student: Student, news: Report) -> StudentChange | None:
    """Take back what dashboards were shown of a student whom others had reaped meanwhile."""
    if student.online or news.version <= student.version:
        return None
    return StudentChange("student_left", replace(student, version=news.version + 1), "disconnected")


def leave(student: Student, version: int) -> StudentChange | None:
    """Take a student offline after the grace; their last values stay to be shown."""
    if not student.online:
        return None
    away = replace(student, online=False, in_class=False, version=version, practice_version=version)
    gone = _with(away, came_at=None, help=None)
    if student.in_class:
        return StudentChange("student_left", gone, "disconnected")
    return StudentChange("update", gone)


def advance(since: Since, before: Practice, practice: Practice, at: datetime) -> Since:
    """Say since when status and progress stand, after `practice` followed on `before`."""
    return Since(
        since.status if before.status == practice.status else at,
        since.progress if stands(before, practice.progress, practice.current_sentence) else at,
    )


def stands(before: Practice, progress: float, sentence: str) -> bool:
    """Tell whether a student has come no further."""
    return before.progress == progress and before.current_sentence == sentence


def last_said(student: Student) -> Report:
    """Return what a student said last, as if it were said anew."""
    practice, since = student.practice, student.since
    return Report(
        *astuple(practice),
        student_id=student.student_id,
        version=student.practice_version,
        status_since=since.status,
        progress_since=since.progress,
    )


def change_circumstances(student: Student, version: int, **changed: Any) -> StudentChange:
    """Change what dashboards show of a student beside their practice."""
    return StudentChange("update", _with(replace(student, version=version), **changed))


def _with(student: Student, **changed: Any) -> Student:
    circumstances = replace(student.circumstances, version=student.version, **changed)
    return replace(student, circumstances=circumstances)


def _left(student: Student, at: datetime) -> Student:
    """Take a student out of class whose sockets stay: what they asked is asked no longer."""
    asked = student.circumstances.help
    if asked is not None and asked.is_open:
        asked = replace(asked, state="withdrawn", at=at)
    return _with(student, came_at=None, help=asked)


def _version_of(student: Student, news: Report) -> int:
    """Number what a status makes of a student: as it was published, unless that is not so any more.

    What else of the student has changed meanwhile stands under a number of its own, or was not
    known to who published.
    """
    if news.version <= student.version:
        return student.version + 1
    known = news.circumstances_version
    is_outdated = known is not None and known < student.circumstances.version
    return news.version + 1 if is_outdated else news.version
