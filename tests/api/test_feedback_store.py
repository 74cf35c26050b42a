"""Feedback as SQL keeps it: numbered, under one key once, its outcome whole and never undone."""

from typing import Any, Literal

import pytest
from django.db import IntegrityError, OperationalError, connection

from feedback import store
from feedback.models import Feedback
from feedback.store import NotYourStudent
from feedback.validation import Draft
from realtime.broadcast.delivery_attempts import Outcome
from realtime.models import Presence
from speaktracker.clock import now
from speaktracker.roster.models import User
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


@pytest.mark.parametrize("state", ["seen", "played"])
def test_an_outcome_leaves_what_a_faster_client_acknowledged(row: Feedback, state: str) -> None:
    moment = now()
    Feedback.objects.filter(pk=row.pk).update(state=state, written_at=moment)
    assert store.settle(row.pk, Outcome("delivered", 1)) == state
    assert facts(row) == ("delivered", 1, state, moment)


@pytest.mark.parametrize("outcome", ["queued", "failed"])
def test_an_outcome_of_no_delivery_changes_no_state(
    row: Feedback, outcome: Literal["queued", "failed"]
) -> None:
    assert store.settle(row.pk, Outcome(outcome, 0)) == "queued"
    assert facts(row) == (outcome, 0, "queued", None)


def test_an_outcome_of_feedback_that_is_gone_meanwhile_is_no_error(row: Feedback) -> None:
    row_id = row.pk
    row.delete()
    assert store.settle(row_id, Outcome("delivered", 1)) == "queued"


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
