"""Transitions of presence. Each is one transaction under the student's presence row.

Every function returns what has to be announced once it has committed; nothing here publishes.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.db import transaction
from django.db.models import F, Q

from realtime.models import Presence
from realtime.presence import class_rules, connection_records, locks, practice_sessions
from realtime.presence.class_rules import Practice, Report, Student, StudentChange
from speaktracker.clock import now, stamp
from speaktracker.db.bulk_update import update_many
from speaktracker.roster.models import TutorStudent, User
from speaktracker.roster.selectors import in_batches, tutors_of

Membership = Literal["added", "removed"]
PRACTICE_FIELDS = Practice.__struct_fields__
_STATE = ("online", "in_class", "leave_due_at", *PRACTICE_FIELDS, "version", "tutor")


@dataclass(frozen=True, slots=True)
class Tutor:
    """A tutor by id and address."""

    user_id: int
    email: str


@dataclass(frozen=True, slots=True)
class Announcement:
    """A change to tell a tutor's dashboards; `membership` when it comes from the roster."""

    tutor: Tutor | None
    change: StudentChange
    membership: Membership | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """A student has another tutor, or none: their sockets and both tutors' dashboards must know."""

    student_id: int
    before: Tutor | None
    after: Tutor | None


News = Announcement | Moved


def connect(presence: Presence, tutor: User, at: datetime) -> list[News]:
    """Count a new connection of a locked student, to be saved; a leave that was due is off."""
    # Seen for the first time: the tutor's dashboards have known of them since the mapping.
    first_time = presence.tutor is None and presence.version == 0
    moved = _move(presence, tutor)
    if moved:
        connection_records.reassign({presence.student_id: tutor})
    # A reload: whichever process finds the leave overdue looks again under this row's lock.
    presence.leave_due_at = None
    change = class_rules.connect(student_of(presence), _version(presence), at)
    if change:
        _copy(presence, change.student)
    return [*([] if first_time else moved), *_announce(presence, change)]


def save(presences: Collection[Presence]) -> None:
    """Write locked rows back."""
    update_many(presences, _STATE)


@transaction.atomic
def disconnect(
    connection_ids: Collection[str], user_ids: Collection[int], grace: timedelta
) -> None:
    """Delete connections' records; a student's last one sets when the leave is due."""
    # Locked before counting: of two tabs that close at once, on two processes, one is the last.
    locked = locks.presences(user_ids)
    connection_records.remove(connection_ids)
    alive = connection_records.live_counts(locked)
    gone = [row for row in locked.values() if row.online and not alive[row.student_id]]
    for row in gone:
        row.leave_due_at = now() + grace
    update_many(gone, ("leave_due_at",))


@transaction.atomic
def leave_overdue() -> list[News]:
    """Carry out the leaves whose grace has passed, after looking again under the lock."""
    due = Presence.objects.filter(leave_due_at__lte=now()).order_by("leave_due_at")[:500]
    # Between that read and the lock a connect may have called the leave off.
    overdue = locks.presences(due.values_list("student_id", flat=True))
    return leave(row for row in overdue.values() if row.leave_due_at and row.leave_due_at <= now())


def leave(presences: Iterable[Presence]) -> list[News]:
    """Take locked students offline who have no live connection."""
    rows = {presence.student_id: presence for presence in presences}
    alive = connection_records.live_counts(rows)
    gone: list[int] = []
    news: list[News] = []
    for student_id, presence in rows.items():
        presence.leave_due_at = None
        change = class_rules.leave(student_of(presence), _version(presence))
        # Not only of this process: the last tab may be open on another one.
        if change and not alive[student_id]:
            _copy(presence, change.student)
            gone.append(student_id)
            news += _announce(presence, change)
    practice_sessions.end(gone, now())
    save(rows.values())
    return news


@transaction.atomic
def apply(reports: Collection[Report]) -> list[News]:
    """Write status reports where they are newer than what is stored."""
    presences = locks.presences({report.student_id for report in reports})
    news: list[News] = []
    changed: dict[int, Presence] = {}
    # Two tabs of a student are two reports of one batch; the later word is the one that stays.
    for report in sorted(reports, key=lambda report: report.version):
        presence = presences.get(report.student_id)
        if presence is None:  # the student was deleted while the report waited
            continue
        student = student_of(presence)
        change = class_rules.report(student, report) or class_rules.take_back(student, report)
        if change is None:
            continue
        _copy(presence, change.student)
        changed[presence.student_id] = presence
        news += _announce(presence, change)
    update_many(changed.values(), _STATE)
    practice_sessions.record(reports, presences)
    return news


@transaction.atomic
def reconcile(student_ids: Collection[int]) -> list[News]:
    """Bring students' presence and connections in line with who teaches them now."""
    tutors = tutors_of(student_ids)
    news: list[News] = []
    moved: dict[int, Presence] = {}
    for student_id, presence in locks.presences(student_ids).items():
        before = presence.tutor_id
        news += _move(presence, tutors.get(student_id))
        if presence.tutor_id != before:
            moved[student_id] = presence
    # Nothing else of the row: a status that is journalled meanwhile must not be set back.
    update_many(moved.values(), ("tutor", "version"))
    connection_records.reassign({student_id: row.tutor for student_id, row in moved.items()})
    return news


def reconcile_all() -> list[News]:
    """Do the same for every student whose presence names another tutor than their mapping."""
    moved = TutorStudent.objects.filter(student__presence__isnull=False).exclude(
        student__presence__tutor=F("tutor")
    )
    unassigned = Presence.objects.filter(tutor__isnull=False, student__mapping__isnull=True)
    ids = set(moved.values_list("student_id", flat=True))
    ids.update(unassigned.values_list("student_id", flat=True))
    return reconcile(ids)


@transaction.atomic
def part_from(person_ids: Collection[int]) -> list[News]:
    """Part students and tutors, of whom one is about to be deleted and can still be named."""
    involved = Presence.objects.filter(Q(student_id__in=person_ids) | Q(tutor_id__in=person_ids))
    news: list[News] = []
    parted: dict[int, Presence] = {}
    for batch in in_batches(involved.values_list("student_id", flat=True)):
        parted |= locks.presences(batch)
    for presence in parted.values():
        news += _move(presence, None)
    update_many(parted.values(), _STATE)
    return news


def student_of(presence: Presence) -> Student:
    """Read a presence row as the classroom's student."""
    practice = Practice(*(getattr(presence, field) for field in PRACTICE_FIELDS))
    return Student(
        student_id=presence.student_id,
        email=presence.student.email,
        name=presence.student.name,
        online=presence.online,
        in_class=presence.in_class,
        practice=practice,
        version=presence.version,
    )


def tutor_of(user: User | None) -> Tutor | None:
    """Name a tutor by id and address."""
    return Tutor(user.pk, user.email) if user else None


def _move(presence: Presence, tutor: User | None) -> list[News]:
    before, after = tutor_of(presence.tutor), tutor_of(tutor)
    if before == after:
        return []
    presence.tutor = tutor
    presence.version = _version(presence)
    student = student_of(presence)
    news: list[News] = []
    # What one tutor's dashboards lose another's gain, under one version: nobody is in two classes.
    if student.in_class and before:
        left = StudentChange("student_left", student, "removed")
        news.append(Announcement(before, left, "removed"))
    if student.in_class and after:
        news.append(Announcement(after, StudentChange("student_joined", student), "added"))
    return [*news, Moved(presence.student_id, before, after)]


def _version(presence: Presence) -> int:
    version, _moment = stamp(presence.version)
    return version


def _announce(presence: Presence, change: StudentChange | None) -> list[News]:
    return [Announcement(tutor_of(presence.tutor), change)] if change else []


def _copy(presence: Presence, student: Student) -> None:
    presence.online = student.online
    presence.in_class = student.in_class
    presence.version = student.version
    for field in PRACTICE_FIELDS:
        setattr(presence, field, getattr(student.practice, field))
