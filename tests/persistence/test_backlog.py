"""What the relay finds due in the outbox, and what it writes down of it."""

from contextlib import closing
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import F
from pytest_django import Settings

from speaktracker.clock import now
from speaktracker.persistence import outbox
from speaktracker.persistence.models import Change
from speaktracker.persistence.relay import backlog
from speaktracker.persistence.relay.backlog import ChangeOutcome, DueKey
from speaktracker.persistence.tables import CONNECTIONS

pytestmark = pytest.mark.django_db(transaction=True)
SOON = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _mirroring(settings: Settings) -> None:
    settings.MIRROR = "dynamodb"


def _change(*names: str) -> list[DueKey]:
    """Commit a change each, and give what is due then."""
    for name in names:
        with transaction.atomic():
            outbox.changed(CONNECTIONS, (name,))
        # A row of this very millisecond is not due by SQLite's clock.
        young = Change.objects.filter(due_at__range=(now() - SOON, now() + SOON))
        young.update(due_at=F("due_at") - 2 * SOON)
    return backlog.due(CONNECTIONS.name, 10)


def test_a_key_that_changed_twice_is_due_once_in_its_old_place() -> None:
    first, _ = _change("a", "b")
    Change.objects.filter(key='["a"]').update(due_at=now() - timedelta(hours=1))
    due = _change("a")
    assert [each.key for each in due] == [("a",), ("b",)]
    assert due[0].rows != first.rows
    assert Change.objects.count() == 2
    assert Change.objects.get(key='["a"]').due_at < now() - timedelta(minutes=59)


def test_several_rows_that_a_release_before_left_become_one() -> None:
    for _ in range(3):
        backlog.queue(CONNECTIONS.name, [("a",)])
    # Those of this very millisecond are not due by SQLite's clock, and would stay.
    Change.objects.update(due_at=now() - timedelta(seconds=1))
    (due,) = _change("a")
    assert Change.objects.get().pk == due.rows[0]


def test_what_a_relay_read_before_a_change_settles_nothing_of_it() -> None:
    (before,) = _change("a")
    (after,) = _change("a")
    backlog.settle([ChangeOutcome(before.rows)])
    assert backlog.due(CONNECTIONS.name, 10) == [after]


def test_a_change_that_goes_back_leaves_the_row_it_would_have_replaced() -> None:
    due = _change("a")
    with transaction.atomic():
        outbox.changed(CONNECTIONS, ("a",))
        transaction.set_rollback(True)
    assert backlog.due(CONNECTIONS.name, 10) == due


def test_what_waits_for_later_or_erases_somebody_is_not_replaced() -> None:
    (due,) = _change("a")
    backlog.settle([ChangeOutcome(due.rows, due_in=60)])
    with transaction.atomic():
        outbox.erased_many(CONNECTIONS, [("b",)])
    _change("a", "b")
    assert Change.objects.filter(key='["a"]').count() == 2
    assert Change.objects.filter(key='["b"]', erases=True).count() == 1


def test_a_write_that_is_to_be_repeated_is_though_its_row_was_replaced() -> None:
    rows = {each.key: each.rows for each in _change("a", "b")}
    _change("a")
    backlog.settle([ChangeOutcome(each, due_in=30) for each in rows.values()])
    backlog.queue_replaced(CONNECTIONS.name, rows, 30)
    soon = now() + timedelta(seconds=1)
    later = Change.objects.filter(due_at__gt=soon).values_list("key", flat=True)
    assert sorted(later) == ['["a"]', '["b"]']


def test_nobody_waits_for_a_transaction_that_replaces_rows() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    (due,) = _change("a")
    with closing(connection.copy()) as other, other.cursor() as cursor:
        other.set_autocommit(False)
        cursor.execute("DELETE FROM persistence_change")
        backlog.settle([ChangeOutcome(due.rows)])
        assert len(_change("a")[0].rows) == 2
        other.rollback()
    assert len(_change("a")[0].rows) == 1


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
