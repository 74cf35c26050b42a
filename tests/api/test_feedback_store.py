"""Feedback as SQL keeps it: numbered, under one key once, its outcome whole and never undone."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

import pytest
from django.db import IntegrityError, OperationalError, connection
from django.test import override_settings

from feedback import states, store
from feedback.models import Feedback, State
from feedback.store import NotYourStudent, TooMuchFeedback
from feedback.validation import Draft
from realtime.broadcast.delivery_attempts import Outcome
from realtime.models import Presence
from speaktracker.clock import now
from speaktracker.limit_settings import Limits
from speaktracker.roster.models import User
from speaktracker.roster.services import assign_tutor
from tests.api.conftest import Gave

DRAFT = Draft("student@example.com", "s", "good", "text")
FACTS = ("outcome", "outcome_connections", "state", "written_at")


@pytest.fixture
def row(tutor: User, student: User, gave: Gave) -> Feedback:
    """Feedback that is stored and not yet delivered."""
    [stored] = gave(tutor, student)
    return stored


def facts(row: Feedback) -> tuple[Any, ...]:
    [found] = Feedback.objects.filter(pk=row.pk).values_list(*FACTS)
    return tuple(found)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("last", range(1, 6))
def test_an_outcome_is_kept_whole_or_not_at_all(row: Feedback, last: int) -> None:
    before = facts(row)
    statements = iter(range(1, 100))

    def fail_after(execute: Any, *args: Any) -> Any:
        if next(statements) > last:
            raise OperationalError("the database went away")
        return execute(*args)

    try:
        with connection.execute_wrapper(fail_after):
            store.settle(row.pk, Outcome("delivered", 2))
    except OperationalError:
        assert facts(row) == before
    else:
        assert facts(row)[:3] == ("delivered", 2, "delivered")
        assert facts(row)[3] is not None


@pytest.mark.parametrize("state", ["delivered", "seen", "played"])
def test_an_outcome_leaves_what_a_faster_client_acknowledged(row: Feedback, state: str) -> None:
    moment = now()
    acknowledged = {"written_at": moment, "acknowledged_at": moment}
    Feedback.objects.filter(pk=row.pk).update(state=state, **acknowledged)
    assert store.settle(row.pk, Outcome("delivered", 1)) == (state, moment, False)
    assert facts(row) == ("delivered", 1, state, moment)


@pytest.mark.parametrize("outcome", ["queued", "failed"])
def test_an_outcome_of_no_delivery_changes_no_state(
    row: Feedback, outcome: Literal["queued", "failed"]
) -> None:
    assert store.settle(row.pk, Outcome(outcome, 0)) == ("queued", None, True)
    assert facts(row) == (outcome, 0, "queued", None)


def test_an_outcome_of_feedback_that_is_gone_meanwhile_is_no_error(row: Feedback) -> None:
    row_id = row.pk
    row.delete()
    assert store.settle(row_id, Outcome("delivered", 1)) == ("queued", None, False)


def test_a_student_without_a_presence_row_is_given_one(tutor: User, student: User) -> None:
    Presence.objects.all().delete()
    assert [store.store(tutor.pk, DRAFT).row.sequence for _ in range(3)] == [1, 2, 3]


def test_feedback_of_one_moment_has_timestamps_of_its_own(
    tutor: User, student: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = now()
    monkeypatch.setattr(store, "now", lambda: moment)
    stamps = [store.store(tutor.pk, DRAFT).row.timestamp for _ in range(3)]
    assert stamps == [moment + number * store.MILLISECOND for number in range(3)]


@pytest.mark.django_db(transaction=True)
def test_a_call_whose_twin_stored_meanwhile_finds_what_it_stored(
    tutor: User, student: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = store.store(tutor.pk, DRAFT, "key")
    find, looks = store.find_first, iter([lambda *_: None])
    monkeypatch.setattr(store, "find_first", lambda *args: next(looks, find)(*args))
    second = store.store(tutor.pk, DRAFT, "key")
    assert (second.row, second.repeated, first.repeated) == (first.row, True, False)
    assert store.store(tutor.pk, DRAFT).row.sequence == 2


@pytest.mark.parametrize("key", [None, "key"])
def test_a_student_who_is_deleted_meanwhile_is_nobodys(
    tutor: User, student: User, monkeypatch: pytest.MonkeyPatch, key: str | None
) -> None:
    def fail(*_: Any) -> None:
        raise IntegrityError("no such user")

    monkeypatch.setattr(store, "create", fail)
    with pytest.raises(NotYourStudent):
        store.store(tutor.pk, DRAFT, key)


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr(store, "now", lambda: moment)


@override_settings(LIMITS=Limits(student_feedback_per_minute=3))
def test_a_student_is_given_so_much_in_any_minute(
    tutor: User, student: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = now()
    for second in (0, 10, 20):
        at(monkeypatch, start + timedelta(seconds=second))
        store.store(tutor.pk, DRAFT)
    at(monkeypatch, start + timedelta(seconds=45))
    with pytest.raises(TooMuchFeedback) as refused:
        store.store(tutor.pk, DRAFT)
    assert refused.value.wait == pytest.approx(15)
    at(monkeypatch, start + timedelta(seconds=60))
    assert store.store(tutor.pk, DRAFT).row.sequence == 4


@pytest.mark.parametrize("per_minute", [2, 30])
def test_a_student_is_given_so_much_in_any_day(
    tutor: User, student: User, monkeypatch: pytest.MonkeyPatch, per_minute: int
) -> None:
    start = now()
    limits = Limits(student_feedback_per_minute=per_minute, student_feedback_per_day=4)
    with override_settings(LIMITS=limits):
        for hour in (0, 1, 2, 23):
            at(monkeypatch, start + timedelta(hours=hour))
            store.store(tutor.pk, DRAFT)
        with pytest.raises(TooMuchFeedback) as refused:
            store.store(tutor.pk, DRAFT)
        assert refused.value.wait == pytest.approx(3600)
        at(monkeypatch, start + timedelta(hours=24))
        store.store(tutor.pk, DRAFT)


@override_settings(LIMITS=Limits(student_feedback_per_minute=1))
def test_what_is_refused_uses_up_no_number_and_a_repeat_no_allowance(
    tutor: User, student: User
) -> None:
    first = store.store(tutor.pk, DRAFT, "key").row
    with pytest.raises(TooMuchFeedback):
        store.store(tutor.pk, DRAFT, "another")
    again = store.store(tutor.pk, DRAFT, "key")
    assert (again.row, again.repeated) == (first, True)
    assert Presence.objects.get(student=student).feedback_sequence == 1


@override_settings(LIMITS=Limits(student_feedback_per_minute=1))
def test_many_students_are_given_one_each(tutor: User, student: User, other_student: User) -> None:
    assign_tutor(other_student, tutor)
    for email in (student.email, other_student.email):
        store.store(tutor.pk, replace(DRAFT, student_email=email))


@pytest.mark.django_db(transaction=True)
@override_settings(LIMITS=Limits(student_feedback_per_minute=5))
def test_calls_at_once_get_through_as_often_as_allowed(tutor: User, student: User) -> None:
    def give(_: int) -> bool:
        try:
            return bool(store.store(tutor.pk, DRAFT))
        except TooMuchFeedback:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(give, range(20))) == 5


@pytest.mark.skipif(connection.vendor != "sqlite", reason="tests/plans looks at PostgreSQL's plans")
def test_the_amount_is_read_from_the_index(tutor: User, student: User, gave: Gave) -> None:
    gave(tutor, student, 600)
    given = Feedback.objects.filter(tutor=tutor, student=student).order_by("-timestamp")
    plan = given.values_list("timestamp", flat=True)[499:500].explain()
    assert "feedback_of_pair" in plan


@pytest.mark.django_db(transaction=True)
def test_tabs_that_acknowledge_at_once_have_news_once(row: Feedback) -> None:
    def acknowledge(_: int) -> int:
        try:
            ids = [str(row.message_id)]
            return len(states.acknowledge(row.student_id, ids, State.DELIVERED))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(acknowledge, range(20))) == 1
