"""Transitions of presence. Each is one transaction under the student's presence row.

Every function returns what has to be announced once it has committed; nothing here publishes.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from msgspec.structs import replace

from realtime.models import Presence
from realtime.presence import (
    class_history,
    class_rules,
    connection_records,
    locks,
    practice_sessions,
    presence_rows,
)
from realtime.presence.class_rules import Report, Student, StudentChange
from realtime.presence.news import Announcement, Moved, News, tutor_of
from realtime.presence.presence_rows import CIRCUMSTANCES, STATE, set_row, student_of
from speaktracker.clock import microseconds, now, stamp
from speaktracker.db.bulk_update import update_many
from speaktracker.roster.models import User
from speaktracker.roster.selectors import Placement, in_batches, placements_of, tutors_of

LEAVES_TOGETHER = 500


def connect(
    presence: Presence, placement: Placement, at: datetime, latest: Report | None = None
) -> list[News]:
    """Count a new connection of a locked student, to be saved; a leave that was due is off."""
    # Seen for the first time: the tutor's dashboards have known of them since the mapping.
    first_time = presence.tutor is None and presence.version == 0
    moved = _move(presence, placement.tutor)
    if moved and not first_time:
        connection_records.reassign({presence.student_id: placement.tutor})
    regrouped = _regroup(presence, placement.group)
    # A reload: whichever process finds the leave overdue looks again under this row's lock.
    presence.leave_due_at = None
    change = class_rules.connect(student_of(presence), _version(presence), at, latest)
    if change:
        set_row(presence, change.student)
    news = regrouped if change is None else _announce(presence, change)
    return [*([] if first_time else moved), *news]


def save(presences: Collection[Presence]) -> None:
    """Write locked rows back."""
    update_many(presences, STATE)


@transaction.atomic
def disconnect(connection_ids: Collection[str], user_ids: Collection[int], grace: timedelta) -> int:
    """Delete connections' records and count them; a student's last sets when the leave is due."""
    # Locked before counting: of two tabs that close at once, on two processes, one is the last.
    locked = locks.presences(user_ids)
    removed = connection_records.remove(connection_ids)
    alive = connection_records.live_counts(locked)
    gone = [row for row in locked.values() if row.online and not alive[row.student_id]]
    moment = now()
    for row in gone:
        row.disconnected_at, row.leave_due_at = moment, moment + grace
    update_many(gone, ("disconnected_at", "leave_due_at"))
    return removed


@transaction.atomic
def leave_overdue() -> list[News]:
    """Carry out some of the leaves whose grace has passed; what others have locked is theirs."""
    due = Presence.objects.filter(leave_due_at__lte=now()).order_by("leave_due_at")
    due = due.select_for_update(skip_locked=True)
    overdue = locks.presences(due.values_list("student_id", flat=True)[:LEAVES_TOGETHER])
    return leave(row for row in overdue.values() if row.leave_due_at and row.leave_due_at <= now())


def leave(
    presences: Iterable[Presence], seen_at: Mapping[int, datetime] | None = None
) -> list[News]:
    """Take locked students offline who have no live connection.

    They were seen last when they disconnected, or at `seen_at`, by their ids.
    """
    rows = {presence.student_id: presence for presence in presences}
    alive = connection_records.live_counts(rows)
    last_seen = dict(seen_at or {})
    gone: list[int] = []
    news: list[News] = []
    placements = placements_of(rows)
    placed: list[News] = []
    for student_id, presence in rows.items():
        if presence.leave_due_at and presence.disconnected_at:
            last_seen[student_id] = presence.disconnected_at
        presence.leave_due_at = None
        # Not only of this process: the last tab may be open on another one.
        if alive[student_id] or not presence.online:
            continue
        # Who was moved while nobody held a socket of theirs leaves whom they are with now.
        placed += _place(presence, placements.get(student_id))
        if change := class_rules.leave(student_of(presence), _version(presence)):
            set_row(presence, change.student)
            gone.append(student_id)
            news += _announce(presence, change)
    practice_sessions.end(gone, now())
    class_history.record_stays(news, last_seen)
    save(rows.values())
    return [*placed, *news]


@transaction.atomic
def apply(reports: Collection[Report], changes: Collection[Report] = ()) -> list[News]:
    """Write status reports where they are newer than what is stored.

    `changes` are earlier ones of the same students, which their history has to keep.
    """
    locked = locks.students({report.student_id for report in reports})
    class_history.record_changes(reports, changes, locked)
    news: list[News] = []
    changed: dict[int, Student] = {}
    taken: list[Report] = []
    # Two tabs of a student are two reports of one batch; the later word is the one that stays.
    for numbered in sorted(reports, key=lambda report: report.version):
        known = locked.get(numbered.student_id)
        if known is None:  # the student was deleted while the report waited
            continue
        student = changed.get(numbered.student_id, known.student)
        report = _in_order(numbered, student)
        taken.append(report)
        change = class_rules.report(student, report) or class_rules.take_back(student, report)
        if change is not None:
            changed[numbered.student_id] = change.student
            news.append(Announcement(known.tutor, change))
    presence_rows.write(changed.values())
    class_history.record_stays(news)
    practice_sessions.record(taken, locked)
    return news


@transaction.atomic
def reconcile(student_ids: Collection[int]) -> list[News]:
    """Bring students' presence and connections in line with who teaches them now."""
    locked = locks.presences(student_ids)
    # Under the locks: of two who bring a student in line, the later one reads the later mapping.
    placements = placements_of(locked)
    news: list[News] = []
    moved: dict[int, Presence] = {}
    changed: list[Presence] = []
    for student_id, presence in locked.items():
        before, version = presence.tutor_id, presence.version
        news += _place(presence, placements.get(student_id))
        if presence.tutor_id != before:
            moved[student_id] = presence
        if presence.version != version:
            changed.append(presence)
    # Nothing else of the row: a status that is journalled meanwhile must not be set back.
    update_many(changed, ("tutor", "version", "circumstances_version", "group"))
    connection_records.reassign({student_id: row.tutor for student_id, row in moved.items()})
    return news


@transaction.atomic
def part_from(person_ids: Collection[int]) -> list[News]:
    """Part students and tutors, of whom one is about to be deleted and can still be named.

    A student whom another tutor has taken over already moves there.
    """
    involved = Presence.objects.filter(Q(student_id__in=person_ids) | Q(tutor_id__in=person_ids))
    news: list[News] = []
    parted: dict[int, Presence] = {}
    for batch in in_batches(involved.values_list("student_id", flat=True)):
        parted |= locks.presences(batch)
    going = set(person_ids)
    staying = tutors_of(parted.keys() - going)
    after = {pk: tutor for pk, tutor in staying.items() if tutor.pk not in going}
    for presence in parted.values():
        news += _move(presence, after.get(presence.student_id))
    update_many(parted.values(), STATE)
    # The records of their sockets, which the tutor's address stands in.
    for batch in in_batches(parted.keys() - going):
        connection_records.reassign({pk: after.get(pk) for pk in batch})
    return news


def change(presence: Presence, **circumstances: Any) -> list[News]:
    """Change what dashboards show of a locked student beside their practice, and save it."""
    told = class_rules.change_circumstances(
        student_of(presence), _version(presence), **circumstances
    )
    set_row(presence, told.student)
    update_many([presence], ("version", *CIRCUMSTANCES))
    return _announce(presence, told)


def _place(presence: Presence, placement: Placement | None) -> list[News]:
    moved = _move(presence, placement.tutor if placement else None)
    return [*moved, *_regroup(presence, placement.group if placement else "")]


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


def _in_order(report: Report, student: Student) -> Report:
    """Number a report anew that came after what is stored, whose clock was ahead of this one."""
    # Else a student who leaves a machine with a fast clock says nothing more until it is caught up.
    if student.online and report.version <= student.practice_version > microseconds():
        return replace(report, version=student.practice_version + 1)
    return report


def _regroup(presence: Presence, group: str) -> list[News]:
    if presence.group == group:
        return []
    told = class_rules.change_circumstances(student_of(presence), _version(presence), group=group)
    set_row(presence, told.student)
    return _announce(presence, told) if presence.online else []


def _version(presence: Presence) -> int:
    return stamp(presence.version)[0]


def _announce(presence: Presence, change: StudentChange | None) -> list[News]:
    return [Announcement(tutor_of(presence.tutor), change)] if change else []
