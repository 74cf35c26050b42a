"""SPEC.md section 2.2: feedback that reached nobody is kept, and comes in order and once."""

from typing import Any

import pytest

from feedback.models import Feedback
from speaktracker.roster.models import User
from tests.realtime.conftest import Connect, assign
from tests.realtime.giving import give, keep, texts
from tests.realtime.messages import becomes, feedback
from tests.socket_client import SocketClient


async def test_feedback_to_an_offline_student_is_queued_and_told(
    dashboard: SocketClient, student: User
) -> None:
    message = feedback(student, message_id="msg_123")
    assert (await give(dashboard, message))["state"] == "queued"
    error = await dashboard.hears("message_error")
    assert error == {
        "type": "message_error",
        "code": "RECIPIENT_OFFLINE",
        "original_message_id": "msg_123",
        "message": "메시지 전송에 실패했습니다",
        "timestamp": error["timestamp"],
        "queued": True,
    }


async def test_what_was_kept_comes_in_order_with_the_next_connect(
    connect: Connect, dashboard: SocketClient, student: User
) -> None:
    for text in ("one", "two", "three"):
        await keep(dashboard, feedback(student, text))
    practice = await connect(student)
    assert await texts(practice, 3) == ["one", "two", "three"]
    assert await practice.hears_nothing()


async def test_the_tutor_hears_that_kept_feedback_was_delivered(
    connect: Connect, dashboard: SocketClient, student: User
) -> None:
    message_id = await keep(dashboard, feedback(student))
    await connect(student)
    await dashboard.hears("feedback_status", message_id=message_id, state="delivered")


async def test_what_was_delivered_is_not_replayed(
    connect: Connect, dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    assert (await give(dashboard, feedback(student)))["state"] == "delivered"
    again = await connect(student)
    await again.hears("connection_success")
    assert await again.hears_nothing()


async def test_a_client_that_acknowledges_has_replayed_what_it_did_not(
    connect: Connect, dashboard: SocketClient, student: User
) -> None:
    first = await connect(student, acks="1")
    for text in ("one", "two"):
        await give(dashboard, feedback(student, text))
    frame = await first.hears("feedback", message="one")
    ack = {"type": "feedback_ack", "state": "delivered", "message_id": frame["message_id"]}
    await first.ask(ack, "ack")
    second = await connect(student, acks="1")
    assert (await second.hears("feedback"))["message"] == "two"
    assert await second.hears_nothing()


@pytest.mark.parametrize("state", ["delivered", "seen", "played"])
async def test_feedback_acknowledged_in_any_state_is_not_replayed(
    connect: Connect, dashboard: SocketClient, student: User, state: str
) -> None:
    message_id = await keep(dashboard, feedback(student))
    first = await connect(student, acks="1")
    await first.hears("feedback")
    await first.ask(
        {"type": "feedback_ack", "state": state, "message_ids": [message_id]}
        | {"message_id": message_id},
        "ack",
    )
    second = await connect(student, acks="1")
    await second.hears("connection_success")
    assert await second.hears_nothing()


async def test_feedback_given_during_a_replay_comes_after_it_and_once(
    connect: Connect, dashboard: SocketClient, student: User
) -> None:
    for number in range(3):
        await keep(dashboard, feedback(student, str(number)))
    practice = await connect(student)
    await practice.hears("connection_success")
    for number in range(3, 6):
        await dashboard.send(feedback(student, str(number)))
    assert await texts(practice, 6) == [str(number) for number in range(6)]
    assert await practice.hears_nothing()


async def test_feedback_sent_in_one_breath_comes_in_order(
    dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    for number in range(8):
        await dashboard.send(feedback(student, str(number)))
    assert await texts(practice, 8) == [str(number) for number in range(8)]


async def test_a_push_that_was_lost_is_made_good_on_the_living_socket(
    quick_checks: None,
    dashboard: SocketClient,
    practice: SocketClient,
    student: User,
    monkeypatch: pytest.MonkeyPatch,
    limits: Any,
) -> None:
    limits(delivery_attempt_seconds=0.01)

    def lose(*_: Any) -> None:
        """Send nothing."""

    with monkeypatch.context() as deaf:
        deaf.setattr("realtime.broadcast.publish.send", lose)
        await dashboard.send(feedback(student, "lost"))
        await practice.hears("feedback", message="lost")
    assert await practice.hears_nothing()


async def test_what_nobody_confirms_has_failed_until_the_next_connect(
    connect: Connect,
    dashboard: SocketClient,
    practice: SocketClient,
    student: User,
    limits: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limits(delivery_attempt_seconds=0.02)

    def lose(*_: Any) -> None:
        """Send nothing."""

    with monkeypatch.context() as deaf:
        deaf.setattr("realtime.broadcast.publish.send", lose)
        assert (await give(dashboard, feedback(student, "kept")))["state"] == "queued"
        error = await dashboard.hears("message_error", code="DELIVERY_FAILED")
    assert "queued" not in error
    await (await connect(student)).hears("feedback", message="kept")


async def test_feedback_waits_for_a_student_who_moved_to_another_tutor(
    connect: Connect, dashboard: SocketClient, student: User, other_tutor: User
) -> None:
    await keep(dashboard, feedback(student, "from before"))
    await assign(student, other_tutor)
    await (await connect(student)).hears("feedback", message="from before")
    await becomes(lambda: Feedback.objects.filter(state="delivered").acount(), 1)
