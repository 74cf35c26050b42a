"""Feedback arrives: stored before it is sent, in order, and never twice on one connection."""

import asyncio

import pytest

from tests.blackbox.classroom import Classroom, Pair

# Many are given at once here; the calls of a minute are the limit module's.
ENVIRONMENT = {
    "USER_REST_CALLS_PER_MINUTE": "100000",
    "USER_MESSAGES_PER_SECOND": "1000",
    "STUDENT_FEEDBACK_PER_MINUTE": "1000",
}
pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("blackbox-delivery")]

TEXTS = [f"number {n}" for n in range(50)]


async def test_fifty_waiting_are_delivered_in_order_and_once(room: Classroom, pair: Pair) -> None:
    for text in TEXTS:
        assert (await room.gives(pair, text)).status_code == 202
    first = await room.enters(pair.student)
    await first.hears("feedback", message=TEXTS[-1])
    second = await room.enters(pair.student)
    await first.hears_meanwhile()
    assert first.feedback() == TEXTS
    assert await second.hears_meanwhile() == []


async def test_fifty_pushed_are_delivered_in_order_to_every_tab(
    room: Classroom, pair: Pair
) -> None:
    tabs = [await room.enters(pair.student) for _ in range(2)]
    for text in TEXTS:
        answer = await room.gives(pair, text)
        assert answer.json()["delivery"] == {"status": "delivered", "connections": 2}
    for tab in tabs:
        await tab.hears("feedback", message=TEXTS[-1])
        await tab.hears_meanwhile()
        assert tab.feedback() == TEXTS


async def test_order_holds_between_what_waited_and_what_is_pushed_meanwhile(
    room: Classroom, pair: Pair
) -> None:
    for text in TEXTS[:25]:
        await room.gives(pair, text)

    async def go_on() -> None:
        for text in TEXTS[25:]:
            await room.gives(pair, text)

    giving = asyncio.create_task(go_on())
    student = await room.enters(pair.student)
    await student.hears("feedback", message=TEXTS[-1])
    await giving
    await student.hears_meanwhile()
    assert student.feedback() == TEXTS


async def test_many_at_once_arrive_once_in_the_order_of_their_records(
    room: Classroom, pair: Pair
) -> None:
    student = await room.enters(pair.student)
    answers = await asyncio.gather(*(room.gives(pair, text) for text in TEXTS[:20]))
    assert {answer.status_code for answer in answers} == {201}
    heard = [await student.hears("feedback") for _ in answers]
    assert await student.hears_meanwhile() == []
    assert sorted(student.feedback()) == sorted(TEXTS[:20])
    stamps = [frame["timestamp"] for frame in heard]
    assert stamps == sorted(set(stamps))


async def test_over_the_socket_order_is_kept(room: Classroom, pair: Pair) -> None:
    tutor, student = await room.enters(pair.tutor), await room.enters(pair.student)
    given = {"student_email": pair.student, "session_id": "s", "message_type": "text"}
    for text in TEXTS[:30]:
        await tutor.send(type="feedback", message=text, **given)
    for _ in TEXTS[:30]:
        await tutor.hears("feedback_status", state="delivered")
        await student.hears("feedback")
    assert await student.hears_meanwhile() == []
    assert student.feedback() == TEXTS[:30]


async def test_who_acknowledges_hears_again_what_was_not_acknowledged(
    room: Classroom, pair: Pair
) -> None:
    first = await room.enters(pair.student, acks="1")
    for text in TEXTS[:3]:
        await room.gives(pair, text)
    frames = [await first.hears("feedback") for _ in range(3)]
    acknowledged = frames[1]["message_id"]
    await first.ask("feedback_ack", message_id=acknowledged, state="delivered")
    await first.close()
    second = await room.enters(pair.student, acks="1")
    again = [await second.hears("feedback") for _ in range(2)]
    assert again == [frames[0], frames[2]]
    assert await second.hears_meanwhile() == []
    simple = await room.enters(pair.student)
    assert await simple.hears_meanwhile() == []


async def test_a_student_hears_only_their_own(room: Classroom, pair: Pair) -> None:
    student, second = await room.enters(pair.student), await room.enters(pair.second)
    await room.gives(pair, "For one")
    await student.hears("feedback", message="For one")
    assert await second.hears_meanwhile() == []


async def test_dashboards_hear_how_far_it_came(room: Classroom, pair: Pair) -> None:
    tabs = [await room.enters(pair.tutor) for _ in range(2)]
    given = (await room.gives(pair, "Later")).json()["message_id"]
    for tab in tabs:
        await tab.hears("feedback_status", message_id=given, state="queued")
    student = await room.enters(pair.student)
    for tab in tabs:
        await tab.hears("feedback_status", message_id=given, state="delivered")
    await student.send(type="feedback_ack", message_id=given, state="played")
    for tab in tabs:
        await tab.hears("feedback_status", message_id=given, state="played")
