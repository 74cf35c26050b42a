"""The lock that each student's transitions and message numbers take: their presence row."""

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any, NamedTuple

from django.db import connection

from realtime.models import Presence
from realtime.presence.circumstances import OPEN
from realtime.presence.class_rules import Student
from realtime.presence.news import Tutor
from realtime.presence.presence_rows import VALUES, student_from
from speaktracker.db.bulk_insert import insert_missing
from speaktracker.db.rows.given_values import AnyOf
from speaktracker.db.rows.kept_query import KeptQuery
from speaktracker.roster.models import User, UserType


def presences(
    student_ids: Collection[int], known: Mapping[int, User] | None = None
) -> dict[int, Presence]:
    """Lock the presence rows of students, in one order for all, making those that are missing.

    People who are in `known` by their ids are not read again.
    """
    wanted = set(student_ids)
    locked = _locked(wanted)
    missing = wanted - locked.keys()
    if missing:
        students = User.objects.filter(pk__in=missing, user_type=UserType.STUDENT)
        ids = students.order_by().values_list("pk", flat=True)
        names, values = _first_row()
        insert_missing(Presence, names, [(student_id, *values) for student_id in ids])
        locked |= _locked(missing)
    # Each row is given its student and tutor: a join would make one tutor of many again and again.
    rows = locked.values()
    named = {row.student_id for row in rows} | {row.tutor_id for row in rows if row.tutor_id}
    people = dict(known or {})
    if strangers := named - people.keys():
        people.update((one.pk, one) for one in _PEOPLE.models(strangers))
    for row in rows:
        row.student = people[row.student_id]
        row.tutor = people[row.tutor_id] if row.tutor_id else None
    return locked


@cache
def _first_row() -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """Name the columns of a presence row, its student's first, and give the others' values."""
    student, *others = Presence._meta.concrete_fields
    values = tuple(field.get_default() for field in others)
    return (student.name, *(field.name for field in others)), values


_PEOPLE = KeptQuery(
    lambda ids: User.objects.filter(AnyOf("pk", ids)).order_by().only("email", "name", "user_type")
)
_LOCKED = KeptQuery(
    lambda ids: Presence.objects.select_for_update().filter(AnyOf("pk", ids)).order_by("pk")
)
_STATES = KeptQuery(
    lambda ids: (
        Presence.objects.select_for_update()
        .filter(AnyOf("pk", ids))
        .order_by("pk")
        .values_list(*VALUES)
    )
)
_NAMES = KeptQuery(
    lambda ids: User.objects.filter(AnyOf("pk", ids)).order_by().values_list("pk", "email", "name")
)


class LockedStudent(NamedTuple):
    """A student whose row is locked, and the tutor whose they are shown to be."""

    student: Student
    tutor: Tutor | None


def students(student_ids: Collection[int]) -> dict[int, LockedStudent]:
    """Lock presence rows as `presences` does, and read them without a model for each."""
    wanted = set(student_ids)
    rows = _STATES.rows(wanted)
    if len(rows) < len(wanted) and presences(wanted - {row[0] for row in rows}):
        rows = _STATES.rows(wanted)  # some had no row yet
    tutor_ids = {row[1] for row in rows if row[1]}
    # Not joined: PostgreSQL would look the tutor of before up for a row that it waited for.
    known = {pk: (email, name) for pk, email, name in _NAMES.rows(wanted | tutor_ids)}
    tutors = {pk: Tutor(pk, *known[pk]) for pk in tutor_ids}
    return {
        row[0]: LockedStudent(student_from(row, *known[row[0]]), tutors.get(row[1])) for row in rows
    }


def _locked(student_ids: Collection[int]) -> dict[int, Presence]:
    return {row.student_id: row for row in _LOCKED.models(student_ids)}


class MessageTurn(NamedTuple):
    """The number of a student's next message, and whether they wait for it."""

    number: int
    asks_for_help: bool


def next_message_turn(student_id: int) -> MessageTurn | None:
    """Lock a student and count their last message's number up by one; None: no such student."""
    # One statement, in both databases, where the ORM would need to lock, read and write.
    meta = Presence._meta
    sql = (
        f"UPDATE {meta.db_table} SET feedback_sequence = feedback_sequence + 1 "  # noqa: S608
        f"WHERE {meta.pk.column} = %s RETURNING feedback_sequence, help_state"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [student_id])
        if not (row := cursor.fetchone()) and presences([student_id]):
            # A student who never connected had no row yet.
            cursor.execute(sql, [student_id])
            row = cursor.fetchone()
    return MessageTurn(row[0], row[1] in OPEN) if row else None
