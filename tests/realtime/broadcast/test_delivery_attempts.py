"""SPEC.md section 3: only connections that do not confirm are tried again, and then given up."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from channels.layers import InMemoryChannelLayer, get_channel_layer

from realtime.broadcast import publish
from realtime.broadcast.delivery_attempts import Confirmations
from realtime.models import Connection
from realtime.per_process.process_state import this_process
from realtime.presence import connection_records
from speaktracker import db
from speaktracker.clock import now
from speaktracker.roster.models import User
from tests.realtime.conftest import Connect
from tests.realtime.giving import give
from tests.realtime.inside import the_socket
from tests.realtime.messages import feedback
from tests.socket_client import SocketClient


def _deaf_connection(user: User, server_id: str) -> None:
    """Record a connection of a living process behind which nobody listens."""
    record = Connection(
        connection_id=connection_records.new_connection_id(),
        channel="deaf",
        server_id=server_id,
        user=user,
        user_email=user.email,
        user_type="student",
        connected_at=now(),
        expires_at=now() + timedelta(days=365),
    )
    record.save()


async def record_deaf(student: User) -> None:
    """Record a deaf connection of this process."""
    await db.write(_deaf_connection, student, this_process().lease.boot_id)


@pytest.fixture
def few_seconds(limits: Any) -> None:
    """Let the tries follow one another soon, but not before who hears has confirmed."""
    limits(delivery_attempt_seconds=0.3)


async def test_a_connection_that_never_confirms_is_told_as_failed(
    few_seconds: None, dashboard: SocketClient, student: User
) -> None:
    await record_deaf(student)
    assert (await give(dashboard, feedback(student)))["state"] == "queued"
    await dashboard.hears("message_error", code="DELIVERY_FAILED")


async def test_a_connection_that_is_gone_after_the_tries_was_offline(
    few_seconds: None, dashboard: SocketClient, student: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    vanishing: list[asyncio.Task[Any]] = []

    def push_and_vanish(*_: Any) -> None:
        gone = Connection.objects.filter(user=student).adelete()
        vanishing.append(asyncio.ensure_future(gone))

    await record_deaf(student)
    monkeypatch.setattr("realtime.broadcast.publish.send", push_and_vanish)
    await give(dashboard, feedback(student))
    await dashboard.hears("message_error", code="RECIPIENT_OFFLINE", queued=True)


async def test_a_deaf_tab_does_not_make_another_one_hear_twice(
    few_seconds: None, dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    await record_deaf(student)
    assert (await give(dashboard, feedback(student)))["state"] == "delivered"
    await practice.hears("feedback")
    assert await practice.hears_nothing()


async def test_only_who_did_not_confirm_is_tried_again(
    few_seconds: None,
    dashboard: SocketClient,
    practice: SocketClient,
    student: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[str] = []
    send = publish.send

    def note(channel: str, event: dict[str, Any]) -> None:
        if event["type"] == "message.deliver":
            tried.append(channel)
        send(channel, event)

    await record_deaf(student)
    monkeypatch.setattr("realtime.broadcast.publish.send", note)
    await give(dashboard, feedback(student))
    assert sorted(map(tried.count, set(tried))) == [1, 3]


async def test_a_second_try_makes_a_lost_first_one_good(
    few_seconds: None,
    dashboard: SocketClient,
    practice: SocketClient,
    student: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    send = publish.send
    lost: list[str] = []

    def lose_first(channel: str, event: dict[str, Any]) -> None:
        if event["type"] == "message.deliver" and not lost:
            lost.append(channel)
        else:
            send(channel, event)

    monkeypatch.setattr("realtime.broadcast.publish.send", lose_first)
    assert (await give(dashboard, feedback(student)))["state"] == "delivered"
    await practice.hears("feedback")
    assert lost


async def test_a_lost_confirmation_writes_nothing_twice(
    few_seconds: None,
    dashboard: SocketClient,
    practice: SocketClient,
    student: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lost: list[str] = []

    def lose(channel: str, _event: dict[str, Any]) -> None:
        lost.append(channel)

    monkeypatch.setattr("realtime.sockets.layer_events.send", lose)
    await give(dashboard, feedback(student))
    await practice.hears("feedback")
    assert len(lost) == 3
    assert await practice.hears_nothing()


async def test_a_gap_of_the_layer_has_feedback_read_again(
    few_seconds: None,
    dashboard: SocketClient,
    practice: SocketClient,
    student: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def lose(*_: Any) -> None:
        """Send nothing."""

    with monkeypatch.context() as deaf:
        deaf.setattr("realtime.broadcast.publish.send", lose)
        await give(dashboard, feedback(student, "in the gap"))
        await dashboard.hears("message_error", code="DELIVERY_FAILED")
    assert await practice.hears_nothing()
    await get_channel_layer().send(the_socket(student).channel, {"type": "layer.gap"})
    await practice.hears("feedback", message="in the gap")
    await dashboard.hears("feedback_status", state="delivered")


async def test_a_tab_that_opens_while_feedback_is_given_has_it_once(
    connect: Connect, dashboard: SocketClient, student: User
) -> None:
    tabs = []
    for number in range(4):
        await dashboard.send(feedback(student, str(number)))
        tabs.append(await connect(student))
    await give(dashboard, feedback(student, "last"))
    for tab in tabs:
        heard = await tab.hears_until("feedback", message="last")
        texts = [m["message"] for m in heard if m["type"] == "feedback"]
        assert texts == sorted(set(texts))


async def test_deliveries_share_the_channel_on_which_they_are_confirmed() -> None:
    both = await asyncio.gather(Confirmations.of_this_loop(), Confirmations.of_this_loop())
    assert both[0] is both[1] is await Confirmations.of_this_loop()


async def test_a_channel_of_confirmations_that_failed_is_opened_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Failing(InMemoryChannelLayer):  # type: ignore[misc]  # channels has no types
        async def receive(self, channel: str) -> Any:
            raise OSError("connection lost")

    with monkeypatch.context() as failing:
        failing.setattr("speaktracker.layers.subscription.get_channel_layer", Failing)
        first = await Confirmations.of_this_loop()
    await asyncio.sleep(0)
    second = await Confirmations.of_this_loop()
    assert second is not first
    assert second is await Confirmations.of_this_loop()
