"""A kept query answers as the ORM does, for however many values, without being written anew."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from realtime.models import Presence
from speaktracker.clock import now
from speaktracker.db.rows.given_values import AnyOf, GivenValue
from speaktracker.db.rows.kept_query import KeptQuery, KeptUpdate
from speaktracker.roster.models import User, UserType

pytestmark = pytest.mark.django_db


@pytest.fixture
def students() -> list[User]:
    """Five students with presence rows."""
    made = User.objects.bulk_create(
        User(email=f"kept-{number}@example.com", name=f"학생 {number}", user_type=UserType.STUDENT)
        for number in range(5)
    )
    seen = now() - timedelta(minutes=1)
    Presence.objects.bulk_create(
        Presence(student=one, online=True, came_at=seen, progress=12.5) for one in made
    )
    return made


@pytest.mark.parametrize("count", [0, 1, 5])
def test_it_answers_as_the_orm_does(students: list[User], count: int) -> None:
    kept = KeptQuery(
        lambda ids: (
            Presence.objects.filter(AnyOf("pk", ids), online=True)
            .order_by("pk")
            .values_list("student_id", "online", "came_at", "progress", "student__name")
        )
    )
    ids = [one.pk for one in students[:count]]
    wanted = Presence.objects.filter(pk__in=ids, online=True).order_by("pk")
    assert kept.rows(ids) == list(
        wanted.values_list("student_id", "online", "came_at", "progress", "student__name")
    )


def test_models_have_what_only_names_and_what_was_annotated(students: list[User]) -> None:
    kept = KeptQuery(
        lambda ids: (
            Presence.objects.select_for_update()
            .filter(AnyOf("pk", ids))
            .annotate(called=User.objects.filter(pk=students[0].pk).values("name"))
            .order_by("-pk")
            .only("online", "came_at")
        )
    )
    with transaction.atomic():
        first, *_ = kept.models([one.pk for one in students])
    with CaptureQueriesContext(connection) as none:
        assert (first.student_id, first.online) == (students[-1].pk, True)
        assert first.came_at is not None
        assert first.came_at.tzinfo is not None
        assert first.called == "학생 0"
    assert not none.captured_queries
    assert first.get_deferred_fields() >= {"status", "progress"}
    assert first.progress == 12.5  # read when it is asked for, as of any model


def test_texts_are_compared_with_texts(students: list[User]) -> None:
    kept = KeptQuery(lambda ids: User.objects.filter(AnyOf("email", ids)).values_list("name"))
    for text in (students[1].email, "no'body@example.com", "\0", '"', "\\"):
        found = User.objects.filter(email=text).values_list("name")
        assert kept.rows([text]) == list(found)


def test_it_is_written_once(students: list[User]) -> None:
    written: list[int] = []

    def build(ids: GivenValue) -> QuerySet[User, Any]:
        written.append(1)
        return User.objects.filter(AnyOf("pk", ids)).values_list("email")

    kept = KeptQuery(build)
    with CaptureQueriesContext(connection) as asked:
        for one in students:
            assert kept.rows([one.pk]) == [(one.email,)]
    assert (len(written), len(asked)) == (1, len(students))


def test_values_are_compared_and_written_as_the_orm_does(students: list[User]) -> None:
    moment = now()
    asked = KeptQuery(
        lambda student, before, sentence: Presence.objects.filter(
            student_id=student, came_at__lt=before, current_sentence=sentence
        ).values_list("student__email")
    )
    said = KeptUpdate(
        lambda student, at, sentence: (
            Presence.objects.filter(student_id=student),
            {"came_at": at, "current_sentence": sentence, "progress": 50},
        )
    )
    first, other = students[0].pk, students[1].pk
    later = moment + timedelta(hours=1)
    assert asked.rows(first, moment, "안녕") == []
    assert said.run(first, moment, "안녕") == 1
    assert said.run(-1, moment, "nobody's") == 0
    assert asked.rows(first, later, "안녕") == [(students[0].email,)]
    assert asked.rows(first, moment, "안녕") == []
    row = Presence.objects.get(student_id=first)
    assert (row.came_at, row.current_sentence, row.progress) == (moment, "안녕", 50)
    assert Presence.objects.get(student_id=other).progress == 12.5
