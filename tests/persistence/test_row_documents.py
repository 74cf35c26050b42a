"""Rows that are written as one document are what the models' own statements would have made."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.safestring import mark_safe

from realtime.models import ClassStay, PracticeChange, Presence
from speaktracker.db.bulk_insert import insert_missing, insert_one, insert_rows
from speaktracker.db.bulk_update import update_many
from speaktracker.db.storable_text import REPLACEMENT
from speaktracker.roster.models import User

pytestmark = pytest.mark.django_db

WHOLE, BROKEN = (datetime(2026, 1, 14, 10, 30, 5, fraction, UTC) for fraction in (0, 123_000))
FIELDS = (
    "student",
    "at",
    "version",
    "status",
    "session_id",
    "current_sentence",
    "progress",
    "done",
)
TEXTS = ("", "plain", '"quoted" \\ {a,b} %s $[0]', "한국어 🙂\n\t", mark_safe("&amp;"))
SPOILT = ("a\0b", "half \ud800")


@pytest.fixture
def students() -> list[User]:
    """Store two students."""
    return [User.objects.create_user(f"s{at}@example.com", user_type="student") for at in (1, 2)]


def rows_of(student: User, texts: tuple[str, ...]) -> list[tuple[Any, ...]]:
    """Give a row of each text, the other values as odd as they come."""
    return [
        (student.pk, moment, 2**53 + at, "idle", "s", text, progress, done)
        for at, text in enumerate(texts)
        for moment, progress, done in ((WHOLE, 0, None), (BROKEN, -33.33, 7))
    ]


def kept(student: User) -> list[tuple[Any, ...]]:
    """Read the changes of a student."""
    return list(PracticeChange.objects.filter(student=student).order_by("pk").values_list(*FIELDS))


def test_inserted_rows_are_what_the_models_insert(students: list[User]) -> None:
    ours, theirs = (rows_of(student, TEXTS) for student in students)
    insert_rows(PracticeChange, FIELDS, ours)
    names = ("student_id", *FIELDS[1:])
    PracticeChange.objects.bulk_create(
        PracticeChange(**dict(zip(names, row, strict=True))) for row in theirs
    )
    found, wanted = (kept(student) for student in students)
    assert [row[1:] for row in found] == [row[1:] for row in wanted]
    # As texts, too: SQLite compares moments as it has them.
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT at || '' FROM realtime_practicechange")
        assert len(cursor.fetchall()) == 2


def test_a_text_that_no_database_holds_passes_the_gate(students: list[User]) -> None:
    insert_rows(PracticeChange, FIELDS, rows_of(students[0], SPOILT))
    assert {row[5] for row in kept(students[0])} == {f"a{REPLACEMENT}b", "half ?"}


def test_who_is_there_already_stays(students: list[User]) -> None:
    first = rows_of(students[0], ("first",))
    insert_missing(PracticeChange, FIELDS, first)
    insert_missing(PracticeChange, FIELDS, [(*row[:5], "second", 0, 0) for row in first])
    assert {row[5] for row in kept(students[0])} == {"first"}


def test_updated_rows_are_what_the_models_save(students: list[User]) -> None:
    moment = BROKEN.astimezone(timezone(timedelta(hours=9)))
    rows = [Presence.objects.create(student=student, version=1) for student in students]
    for row, text, truth in zip(rows, TEXTS[2:], (True, False), strict=False):
        row.tutor, row.online, row.in_class, row.help_note = students[0], truth, not truth, text
        row.status, row.progress, row.last_update, row.version = "idle", 0.1, moment, 2**60
    fields = ("tutor", "online", "in_class", "help_note", "status", "progress", "last_update")
    with CaptureQueriesContext(connection) as asked:
        update_many(rows, (*fields, "version"))
    assert len(asked) == 1
    written = list(Presence.objects.order_by("pk").values())
    for row in rows:
        row.save()
    assert list(Presence.objects.order_by("pk").values()) == written


def test_rows_are_written_by_another_key_than_their_own(students: list[User]) -> None:
    for student in students:
        student.name = student.email.upper()
    update_many(students, ("name",), key="email")
    names = User.objects.order_by("pk").values_list("name", flat=True)
    assert list(names) == ["S1@EXAMPLE.COM", "S2@EXAMPLE.COM"]


def test_no_rows_ask_nothing() -> None:
    with CaptureQueriesContext(connection) as asked:
        update_many([], ("left_at",))
        insert_missing(ClassStay, ("student", "came_at"), [])
    assert not asked.captured_queries


def test_one_inserted_row_is_what_the_model_saves(students: list[User]) -> None:
    ours, theirs = (
        ClassStay(student=student, came_at=BROKEN, group=TEXTS[3], left_at=WHOLE)
        for student in students
    )
    insert_one(ours)
    theirs.save()
    found = ClassStay.objects.get(student=students[0])
    assert (ours.pk, ours) == (found.pk, found)
    columns = ("tutor", "group", "came_at", "left_at", "reason")
    first, second = ClassStay.objects.order_by("student").values_list(*columns)
    assert first == second
    ours.reason = "finished"
    ours.save()  # as a row that is there
    assert ClassStay.objects.count() == 2
