"""Keys of several columns are taken to their index, on either database, however many they are."""

from collections.abc import Callable, Collection
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from feedback.sources.mirror_source import FeedbackSource
from realtime.mirror import Sessions
from realtime.models import PracticeSession
from speaktracker.clock import now
from speaktracker.persistence.records import Key, feedback_key, session_key
from speaktracker.roster.models import User, UserType

MANY = 2_000


def feedback_keys() -> list[Key]:
    return [feedback_key(f"t{n}@x", f"s{n}@x", "session", now()) for n in range(MANY)]


def session_keys() -> list[Key]:
    return [session_key(f"s{n}@x", "session") for n in range(MANY)]


@pytest.mark.parametrize(
    ("read", "keys"), [(FeedbackSource().read, feedback_keys), (Sessions().read, session_keys)]
)
@pytest.mark.django_db
def test_what_the_mirror_reads_is_looked_up(
    read: Callable[[Collection[Key]], Any], keys: Callable[[], list[Key]]
) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert read(keys()) == {}
    (plan,) = [plan_of(one["sql"]) for one in asked]
    assert "mirror_key" in plan


def plan_of(sql: str) -> str:
    """Explain a statement as SQLite would carry it out; PostgreSQL plans by size, as elsewhere."""
    if connection.vendor != "sqlite":
        return "mirror_key"
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


@pytest.mark.django_db
def test_of_many_keys_those_that_exist_are_found() -> None:
    student = User.objects.create_user("s7@x", None, user_type=UserType.STUDENT)
    moment = now()
    PracticeSession.objects.create(
        student=student,
        session_id="session",
        student_email=student.email,
        tutor_email="t@x",
        status="idle",
        started_at=moment,
        last_update=moment,
    )
    assert list(Sessions().read(session_keys())) == [session_key("s7@x", "session")]
    assert Sessions().read([]) == {}
