"""A change and its record commit together, and nothing but SQL is asked."""

from typing import Any

import pytest
from django.db import transaction
from django.db.transaction import TransactionManagementError
from pytest_django import Settings

from speaktracker.persistence import outbox
from speaktracker.persistence.dynamodb.backend import DynamoDB
from speaktracker.persistence.models import Change
from speaktracker.persistence.records import (
    as_key,
    connection_key,
    feedback_key,
    session_key,
    split_feedback_key,
)
from speaktracker.persistence.tables import CONNECTIONS, FEEDBACK, SESSIONS
from tests.persistence import shelf

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _mirroring(settings: Settings) -> None:
    settings.MIRROR = "dynamodb"


def test_a_change_is_queued_with_its_record() -> None:
    with transaction.atomic():
        outbox.changed(CONNECTIONS, connection_key("abc"))
    change = Change.objects.get()
    assert (change.table, as_key(change.key)) == ("websocket-connections", ("abc",))


def test_a_change_goes_back_with_its_record() -> None:
    with transaction.atomic():
        outbox.changed(CONNECTIONS, connection_key("abc"))
        transaction.set_rollback(True)
    assert not Change.objects.exists()


def test_a_change_outside_a_transaction_is_a_mistake() -> None:
    with pytest.raises(TransactionManagementError):
        outbox.changed(CONNECTIONS, connection_key("abc"))


def test_a_key_is_queued_once_per_call() -> None:
    with transaction.atomic():
        outbox.changed_many(CONNECTIONS, [("a",), ("b",), ("a",)])
    assert [change.key for change in Change.objects.all()] == ['["a"]', '["b"]']


def test_nothing_is_queued_with_the_mirror_off(settings: Settings) -> None:
    settings.MIRROR = "off"
    with transaction.atomic():
        outbox.changed(CONNECTIONS, connection_key("abc"))
    assert not Change.objects.exists()


def test_the_relay_is_woken_by_the_commit_not_before() -> None:
    woken: list[bool] = []

    def wake() -> None:
        woken.append(True)

    outbox.call_on_wake(wake)
    with transaction.atomic():
        outbox.changed(CONNECTIONS, connection_key("abc"))
        assert not woken
    outbox.forget(wake)
    assert woken


def test_queueing_makes_no_call_to_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    def called(*_: Any) -> None:
        pytest.fail("the path of a request called AWS")

    monkeypatch.setattr(DynamoDB, "__init__", called)
    monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", called)
    with transaction.atomic():
        outbox.changed_many(CONNECTIONS, shelf.connection_keys(30))
    assert Change.objects.count() == 30


def test_the_keys_of_records_are_those_that_callers_make() -> None:
    connection, feedback, session = shelf.a_connection("x"), shelf.a_feedback(), shelf.a_session()
    assert CONNECTIONS.key(connection) == connection_key("x")
    assert SESSIONS.key(session) == session_key(session.student_email, session.session_id)
    key = feedback_key("tutor@example.com", "student@example.com", "session_123", shelf.NOON)
    assert FEEDBACK.key(feedback) == key


def test_a_feedback_key_comes_apart_again_whatever_the_session_is_called() -> None:
    parts = ("t@example.com", "s@example.com", "a#b#c", shelf.NOON)
    assert split_feedback_key(feedback_key(*parts)) == parts
