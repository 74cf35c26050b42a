"""What the relay finds due in the outbox, and what it writes down of it."""

import pytest
from django.db import transaction
from pytest_django import Settings

from speaktracker.persistence import outbox
from speaktracker.persistence.models import Change
from speaktracker.persistence.relay import backlog
from speaktracker.persistence.relay.backlog import ChangeOutcome, DueKey
from speaktracker.persistence.tables import CONNECTIONS

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _mirroring(settings: Settings) -> None:
    settings.MIRROR = "dynamodb"


def _change(*names: str) -> list[DueKey]:
    """Commit a change each, and give what is due then."""
    for name in names:
        with transaction.atomic():
            outbox.changed(CONNECTIONS, (name,))
    return backlog.due(CONNECTIONS.name, 10)


def test_a_key_that_changed_twice_is_due_once_with_both_rows() -> None:
    due = _change("a", "b", "a")
    first, second, third = Change.objects.order_by("id").values_list("id", flat=True)
    assert due == [DueKey(("a",), (first, third)), DueKey(("b",), (second,))]


def test_a_key_whose_wait_is_over_is_not_done() -> None:
    due = _change("a")
    backlog.settle([ChangeOutcome(due[0].rows, due_in=0.0)])
    assert backlog.pending(CONNECTIONS.name, [("a",)]) == {("a",)}


def test_a_key_that_must_wait_is_pending_but_not_due() -> None:
    due = _change("a")
    backlog.settle([ChangeOutcome(due[0].rows, due_in=60)])
    assert backlog.due(CONNECTIONS.name, 10) == []
    assert backlog.pending(CONNECTIONS.name, [("a",)]) == {("a",)}


def test_what_is_refused_without_a_word_is_set_aside_not_done() -> None:
    due = _change("a")
    backlog.settle([ChangeOutcome(due[0].rows, error="")])
    assert Change.objects.filter(set_aside_at__isnull=False, done_at=None).count() == 1


def test_what_is_not_named_stays_due() -> None:
    first, second = _change("a", "b")
    backlog.settle([ChangeOutcome(first.rows)])
    assert backlog.due(CONNECTIONS.name, 10) == [second]
