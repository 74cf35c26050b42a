"""SPEC.md section 2.1: a student acknowledges feedback, and the tutor hears of each state."""

import asyncio
from typing import Any

import pytest

from feedback import services
from feedback.models import Feedback
from feedback.replay_source import FeedbackMessages
from realtime.broadcast import publish
from realtime.broadcast.delivery_attempts import NumberedMessage, Outcome, deliver
from realtime.protocol.field_types import FeedbackState
from realtime.protocol.server_messages import FeedbackStatus
from speaktracker.roster.models import User
from tests.realtime.conftest import Connect
from tests.realtime.giving import give
from tests.realtime.messages import becomes, feedback
from tests.socket_client import Message, SocketClient


async def test_the_tutor_hears_each_state_and_only_forward(
    dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    message_id = (await give(dashboard, feedback(student)))["message_id"]
    for state in ("seen", "played"):
        ack = {"type": "feedback_ack", "state": state, "message_id": message_id}
        await practice.ask(ack, "ack", message_id=message_id)
        await dashboard.hears("feedback_status", message_id=message_id, state=state)
    late = {"type": "feedback_ack", "state": "seen", "message_id": message_id}
    await practice.ask(late, "ack")
    assert await dashboard.hears_nothing()
    assert (await Feedback.objects.aget()).state == "played"


async def test_what_nobody_acknowledged_is_not_said_to_have_arrived(
    connect: Connect, dashboard: SocketClient, student: User
) -> None:
    practice = await connect(student, acks="1")
    await practice.hears("connection_success")
    status = await give(dashboard, feedback(student))
    await practice.hears("feedback", message_id=status["message_id"])
    assert (status["state"], status["acknowledged"]) == ("delivered", False)


@pytest.mark.parametrize("state", ["delivered", "seen", "played"])
async def test_the_tutor_hears_once_that_a_client_has_it(
    connect: Connect, dashboard: SocketClient, student: User, state: str
) -> None:
    tabs = [await connect(student, acks="1") for _ in range(2)]
    for tab in tabs:
        await tab.hears("connection_success")
    message_id = (await give(dashboard, feedback(student)))["message_id"]
    ack = {"type": "feedback_ack", "state": state, "message_id": message_id}
    for tab in tabs:
        await tab.hears("feedback")
        await tab.ask(ack, "ack")
    heard = await dashboard.hears("feedback_status", message_id=message_id)
    assert (heard["state"], heard["acknowledged"]) == (state, True)
    assert await dashboard.hears_nothing()


async def test_what_is_seen_later_stays_acknowledged(
    dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    message_id = (await give(dashboard, feedback(student)))["message_id"]
    for state in ("delivered", "seen", "played"):
        ack = {"type": "feedback_ack", "state": state, "message_id": message_id}
        await practice.ask(ack, "ack")
        await dashboard.hears("feedback_status", state=state, acknowledged=True)


async def test_a_state_that_was_overtaken_is_not_told_again(
    connect: Connect,
    dashboard: SocketClient,
    practice: SocketClient,
    student: User,
    tutor: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    second = await connect(tutor)
    await second.sees("broadcast_all")
    acknowledged = asyncio.Event()

    async def settled_late(*args: Any) -> Outcome:
        outcome = await deliver(*args)
        await acknowledged.wait()
        return outcome

    monkeypatch.setattr(services, "deliver", settled_late)
    await dashboard.send(feedback(student, message_id="mine"))
    message_id = (await practice.hears("feedback"))["message_id"]
    ack = {"type": "feedback_ack", "state": "delivered", "message_id": message_id}
    await practice.ask(ack, "ack")
    acknowledged.set()
    told = {"state": "delivered", "acknowledged": True}
    await dashboard.hears("feedback_status", original_message_id="mine", **told)
    await second.hears("feedback_status", **told)
    assert await second.hears_nothing()


@pytest.mark.parametrize("outcome", [Outcome("failed", 0), Outcome("delivered", 1)])
async def test_what_a_reread_delivers_meanwhile_is_told_once(
    connect: Connect,
    dashboard: SocketClient,
    student: User,
    tutor: User,
    monkeypatch: pytest.MonkeyPatch,
    outcome: Outcome,
) -> None:
    second = await connect(tutor)
    await second.sees("broadcast_all")

    async def confirmed_by_a_reread(user_id: int, message: NumberedMessage, *_: Any) -> Outcome:
        await FeedbackMessages().written(user_id, [message.message_id])
        return outcome

    monkeypatch.setattr(services, "deliver", confirmed_by_a_reread)
    answer = await give(dashboard, feedback(student))
    assert answer["state"] == "delivered"
    await second.hears("feedback_status", state="delivered", message_id=answer["message_id"])
    await dashboard.hears("message_error" if outcome.status == "failed" else "ack")
    assert await dashboard.hears_nothing()
    assert await second.hears_nothing()


async def test_a_state_that_comes_late_is_not_shown_after_a_later_one(
    dashboard: SocketClient, practice: SocketClient, student: User, tutor: User
) -> None:
    answer = await give(dashboard, feedback(student))
    await dashboard.hears("ack")
    late: list[tuple[FeedbackState, bool]] = [("delivered", True), ("queued", False)]
    late += [("seen", True), ("delivered", False), ("seen", True), ("played", True)]
    whose = {"message_id": answer["message_id"], "student_email": student.email}
    for state, acknowledged in late:
        status = FeedbackStatus(**whose, state=state, acknowledged=acknowledged)
        publish.feedback_status(tutor.pk, status)
    heard = [(await dashboard.hears("feedback_status"))["state"] for _ in range(3)]
    assert heard == ["delivered", "seen", "played"]
    assert await dashboard.hears_nothing()


async def test_up_to_a_hundred_are_acknowledged_at_once(
    dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    await dashboard.send(feedback(student))
    message_id = (await practice.hears("feedback"))["message_id"]
    ack: Message = {"type": "feedback_ack", "state": "seen"}
    await practice.send({**ack, "message_ids": [message_id] * 100})
    await dashboard.hears("feedback_status", state="seen")
    error = await practice.ask({**ack, "message_ids": [message_id] * 101}, "message_error")
    assert (error["code"], error["path"]) == ("INVALID_MESSAGE", "$.message_ids")


async def test_a_bad_acknowledgement_is_refused_with_its_path(
    no_rate_limit: None, practice: SocketClient
) -> None:
    bad: list[tuple[str, Message]] = [
        ("message_id", {"state": "seen"}),
        ("message_id", {"state": "seen", "message_id": "no-uuid"}),
        ("message_ids", {"state": "seen", "message_ids": []}),
        ("message_ids", {"state": "seen", "message_ids": ["no-uuid"]}),
        ("state", {"state": "queued", "message_ids": ["no-uuid"]}),
        ("state", {"message_ids": ["no-uuid"]}),
    ]
    for field, fields in bad:
        error = await practice.ask({"type": "feedback_ack", **fields}, "message_error")
        assert (error["code"], error["path"]) == ("INVALID_MESSAGE", f"$.{field}"), fields


async def test_a_student_cannot_acknowledge_somebody_elses_feedback(
    connect: Connect,
    dashboard: SocketClient,
    practice: SocketClient,
    student: User,
    other_student: User,
) -> None:
    other = await connect(other_student)
    await dashboard.send(feedback(student))
    message_id = (await practice.hears("feedback"))["message_id"]
    ack = {"type": "feedback_ack", "state": "played", "message_id": message_id}
    await other.ask(ack, "ack")
    await becomes(lambda: Feedback.objects.filter(state="delivered").acount(), 1)


async def test_a_tutor_acknowledges_nothing(dashboard: SocketClient) -> None:
    ack = {"type": "feedback_ack", "state": "seen", "message_ids": ["x"]}
    await dashboard.ask(ack, "message_error", code="FORBIDDEN")
