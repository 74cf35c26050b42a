"""The outcome of a delivery as SQL keeps it: whole or not at all, and never a step back."""

from typing import Any, Literal

import pytest
from django.db import OperationalError, connection

from feedback import store
from feedback.models import Feedback
from realtime.broadcast.delivery import Outcome
from speaktracker.clock import now
from speaktracker.roster.models import User
from tests.api.conftest import Gave

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
