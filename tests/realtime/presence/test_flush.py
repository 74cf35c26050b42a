"""A batch of reports is written in a few statements, which say what the models would."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from realtime.models import ClassStay, PracticeChange, PracticeSession, Presence
from realtime.presence import transitions
from realtime.presence.class_rules import Report
from realtime.presence.news import Announcement, News
from speaktracker import clock
from speaktracker.persistence.models import Change
from speaktracker.roster.models import User
from tests.realtime.presence.reports_by_models import apply_by_models

pytestmark = pytest.mark.django_db(transaction=True)

AT = datetime(2026, 1, 14, 10, 30, tzinfo=UTC)
TEXTS = (
    "",
    "Where?",
    '"quoted" \\ {1,2} %s [0]',
    "한국어 🙂",
    "nul \0 in it",
    "half \ud800 of one",
)


@pytest.fixture(autouse=True)
def _mirroring(settings: Settings) -> None:
    settings.MIRROR = "dynamodb"


@pytest.fixture
def class_of_four() -> list[int]:
    """Store students: in class, in class without a tutor, away, and one who never came."""
    people = [User.objects.create_user(f"p{at}@example.com", name=f"P {at}") for at in range(6)]
    tutor, *students = people
    User.objects.exclude(pk=tutor.pk).update(user_type="student")
    for student in students[:2]:
        Presence.objects.create(
            student=student,
            tutor=tutor if student is students[0] else None,
            online=True,
            in_class=True,
            status="idle",
            came_at=AT,
            help_state="asked",
            help_at=AT,
            help_asked_at=AT,
            help_note=TEXTS[3],
        )
        ClassStay.objects.create(student=student, tutor=tutor, came_at=AT)
    Presence.objects.create(student=students[2], tutor=tutor)
    going = students.pop()
    pk = going.pk
    going.delete()
    return [*(student.pk for student in students), pk]


def stored() -> Any:
    """List what is stored, but for numbers and moments that are given as rows are written."""
    tables = (Presence, PracticeSession, PracticeChange, ClassStay)
    rows = [
        sorted((_row(dict(each)) for each in model.objects.values()), key=str) for model in tables
    ]
    return rows, sorted(set(Change.objects.values_list("table", "key", "error", "attempts")))


def _row(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != "id"}


def a_batch(chance: random.Random, students: list[int], number: int) -> list[Report]:
    """Make reports of different sessions, some older than what was said before."""
    made = {}
    for _ in range(chance.randint(1, 6)):
        version = (number + 1) * 1_000 + chance.randint(-1_500, 900)
        report = Report(
            chance.choice(["studying", "idle", "paused", "finished"]),
            chance.choice("ab"),
            chance.choice(TEXTS),
            chance.choice([0, 45, 33.33, -0.5]),
            AT + timedelta(milliseconds=version),
            chance.choice([0, 3]),
            student_id=chance.choice(students),
            version=version,
            client_timestamp=chance.choice([None, *TEXTS]),
            done=chance.choice([None, 0, 7]),
        )
        made[report.student_id, report.session_id] = report
    return list({report.version: report for report in made.values()}.values())


def told(news: list[News]) -> list[Any]:
    """List what is announced, with the tutor's name, which is no part of who they are."""
    return [(one, one.tutor and one.tutor.name) for one in news if isinstance(one, Announcement)]


def test_what_is_written_is_what_the_models_write(class_of_four: list[int]) -> None:
    chance = random.Random(4)
    for number in range(40):
        reports = a_batch(chance, class_of_four, number)
        changes = reports[::2]
        Change.objects.all().delete()
        with transaction.atomic():
            wanted_news = told(apply_by_models(reports, changes))
            wanted = stored()
            transaction.set_rollback(True)
        assert told(transitions.apply(reports, changes)) == wanted_news
        assert stored() == wanted


def test_more_students_take_no_more_statements() -> None:
    students = [User(email=f"s{at}@example.com", user_type="student") for at in range(120)]
    User.objects.bulk_create(students)
    Presence.objects.bulk_create(
        Presence(student=one, online=True, in_class=True) for one in students
    )
    asked = []
    for count in (1, 120):
        version = clock.microseconds()
        reports = [
            Report("studying", "s", "A", 1, AT, student_id=one.pk, version=version)
            for one in User.objects.filter(user_type="student")[:count]
        ]
        Change.objects.all().delete()
        with CaptureQueriesContext(connection) as statements:
            transitions.apply(reports, reports)
        asked.append(len(statements))
    assert asked[0] == asked[1] <= 11
    assert PracticeSession.objects.count() == Presence.objects.filter(status="studying").count()
