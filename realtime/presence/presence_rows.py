"""A presence row read as the classroom's student, and written from one: the only place."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from msgspec.structs import astuple

from realtime.models import Presence
from realtime.presence.circumstances import Circumstances, HelpCall, Since
from realtime.presence.class_rules import Practice, Student
from realtime.protocol.field_types import HelpState
from speaktracker.db.bulk_update import update_rows
from speaktracker.db.rows.given_values import AnyOf
from speaktracker.db.rows.kept_query import KeptQuery
from speaktracker.roster.selectors import in_batches

PRACTICE_FIELDS = Practice.__struct_fields__
CIRCUMSTANCES = (
    *("circumstances_version", "came_at", "group"),
    *("help_state", "help_at", "help_asked_at", "help_note", "help_seen_at"),
)
STATE = (
    *("online", "in_class", "leave_due_at", "version", "practice_version", "tutor"),
    *("status_since", "progress_since", *PRACTICE_FIELDS, *CIRCUMSTANCES),
)
# All that `student_of` reads, beside the person.
SHOWN_FIELDS = tuple(field for field in STATE if field not in ("leave_due_at", "tutor"))
# The same as values, without a model around them: see `student_from`.
VALUES = ("student", "tutor", *SHOWN_FIELDS)
NO_CALL = ("", None, None, "", None)
_PRACTICE = slice(VALUES.index(PRACTICE_FIELDS[0]), VALUES.index(PRACTICE_FIELDS[-1]) + 1)


def student_of(presence: Presence) -> Student:
    """Read a presence row as the classroom's student."""
    practice = Practice(*(getattr(presence, name) for name in PRACTICE_FIELDS))
    return Student(
        student_id=presence.student_id,
        email=presence.student.email,
        name=presence.student.name,
        online=presence.online,
        in_class=presence.in_class,
        practice=practice,
        version=presence.version,
        practice_version=presence.practice_version,
        since=Since(presence.status_since, presence.progress_since),
        circumstances=circumstances_of(presence),
    )


def student_from(values: Sequence[Any], email: str, name: str) -> Student:
    """Read a row's `VALUES` as the classroom's student, as `student_of` reads the row."""
    state, told = values[: _PRACTICE.start], values[_PRACTICE.stop :]
    _student_id, _tutor_id, online, in_class, version, practice_version, *since = state
    circumstances_version, came_at, group, help_state, *call = told
    return Student(
        student_id=values[0],
        email=email,
        name=name,
        online=online,
        in_class=in_class,
        practice=Practice(*values[_PRACTICE]),
        version=version,
        practice_version=practice_version,
        since=Since(*since),
        circumstances=Circumstances(
            circumstances_version,
            came_at,
            group,
            HelpCall(help_state, *call) if help_state else None,
        ),
    )


def write(students: Collection[Student]) -> None:
    """Write the classroom's students into their locked rows."""
    update_rows(Presence, (*SHOWN_FIELDS, "student"), [_values_of(one) for one in students])


def _values_of(student: Student) -> tuple[Any, ...]:
    practice, told = student.practice, student.circumstances
    call = told.help
    return (
        student.online,
        student.in_class,
        student.version,
        student.practice_version,
        student.since.status,
        student.since.progress,
        *astuple(practice),
        told.version,
        told.came_at,
        told.group,
        *((call.state, call.at, call.asked_at, call.note, call.seen_at) if call else NO_CALL),
        student.student_id,
    )


_VERSIONS = KeptQuery(
    lambda ids: (
        Presence.objects.filter(AnyOf("pk", ids))
        .order_by()
        .values_list("pk", "circumstances_version")
    )
)


def circumstances_after(known: Mapping[int, int]) -> dict[int, Circumstances]:
    """Read the circumstances of students that are newer than the versions which are known."""
    rows = _VERSIONS.rows(known)
    found: dict[int, Circumstances] = {}
    for batch in in_batches(pk for pk, version in rows if version > known[pk]):
        for row in Presence.objects.filter(pk__in=batch).only(*CIRCUMSTANCES).order_by():
            found[row.student_id] = circumstances_of(row)
    return found


_NEXT_LEAVE = KeptQuery(
    lambda: (
        Presence.objects.filter(leave_due_at__isnull=False)
        .order_by("leave_due_at")
        .values_list("leave_due_at")[:1]
    )
)


def next_leave() -> datetime | None:
    """Find when the next leave is due, or was; None while nobody is about to leave."""
    return next((due_at for (due_at,) in _NEXT_LEAVE.rows()), None)


def circumstances_of(presence: Presence) -> Circumstances:
    """Read what dashboards show beside the practice."""
    return Circumstances(
        version=presence.circumstances_version,
        came_at=presence.came_at,
        group=presence.group,
        help=help_of(presence),
    )


def help_of(presence: Presence) -> HelpCall | None:
    """Read the question of a student's stay in class."""
    if not presence.help_state:
        return None
    return HelpCall(
        cast(HelpState, presence.help_state),
        cast(datetime, presence.help_at),
        cast(datetime, presence.help_asked_at),
        presence.help_note,
        presence.help_seen_at,
    )


def set_row(presence: Presence, student: Student) -> None:
    """Write the classroom's student into a presence row, to be saved."""
    presence.online = student.online
    presence.in_class = student.in_class
    presence.version = student.version
    presence.practice_version = student.practice_version
    presence.status_since, presence.progress_since = student.since.status, student.since.progress
    for name in PRACTICE_FIELDS:
        setattr(presence, name, getattr(student.practice, name))
    circumstances = student.circumstances
    presence.circumstances_version = circumstances.version
    presence.came_at, presence.group = circumstances.came_at, circumstances.group
    call = circumstances.help
    presence.help_state, presence.help_note = (call.state, call.note) if call else ("", "")
    presence.help_at, presence.help_asked_at, presence.help_seen_at = (
        (call.at, call.asked_at, call.seen_at) if call else (None, None, None)
    )
