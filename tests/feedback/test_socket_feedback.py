"""SPEC.md section 2.2: feedback over the socket, from its tutor to every tab of its student."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from feedback.models import Feedback
from speaktracker.roster.models import User
from tests.realtime.conftest import Connect
from tests.realtime.giving import give, keep, texts
from tests.realtime.messages import feedback
from tests.socket_client import SocketClient

Limit = Callable[..., None]


async def test_feedback_reaches_the_student_in_exactly_this_shape(
    dashboard: SocketClient, practice: SocketClient, student: User, tutor: User
) -> None:
    await dashboard.send(feedback(student))
    frame = await practice.next()
    assert frame == {
        "type": "feedback",
        "from": tutor.email,
        "student_email": student.email,
        "session_id": "session_123",
        "message": "발음이 좋아졌어요",
        "message_type": "text",
        "timestamp": frame["timestamp"],
        "message_id": frame["message_id"],
        "from_name": tutor.name,
    }


async def test_the_message_id_is_the_servers_a_uuid_of_version_7(
    dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    await dashboard.send(feedback(student, message_id="mine"))
    assert UUID((await practice.hears("feedback"))["message_id"]).version == 7


async def test_feedback_reaches_every_tab_of_the_student(
    connect: Connect, dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    second = await connect(student)
    await second.hears("connection_success")
    await dashboard.send(feedback(student))
    assert await practice.hears("feedback") == await second.hears("feedback")


async def test_feedback_reaches_nobody_else(
    connect: Connect,
    dashboard: SocketClient,
    practice: SocketClient,
    student: User,
    other_student: User,
) -> None:
    other = await connect(other_student)
    await other.hears("connection_success")
    await dashboard.send(feedback(student))
    await practice.hears("feedback")
    assert await other.hears_nothing()


async def test_the_sender_hears_the_state_with_their_own_id(
    dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    status = await give(dashboard, feedback(student, message_id="mine"))
    frame = await practice.hears("feedback")
    assert status == {
        "type": "feedback_status",
        "message_id": frame["message_id"],
        "student_email": student.email,
        "state": "delivered",
        "acknowledged": False,
        "original_message_id": "mine",
    }
    assert await dashboard.next() == {"type": "ack", "message_id": "mine"}


async def test_the_tutors_other_dashboards_hear_the_state_without_it(
    connect: Connect, dashboard: SocketClient, practice: SocketClient, student: User, tutor: User
) -> None:
    second = await connect(tutor)
    await second.sees("broadcast_all")
    answer = await give(dashboard, feedback(student))
    heard = await second.hears("feedback_status", state="delivered")
    assert heard["message_id"] == answer["message_id"]
    assert "original_message_id" not in heard


async def test_feedback_is_stored_before_it_is_seen(
    dashboard: SocketClient, practice: SocketClient, student: User, tutor: User
) -> None:
    await dashboard.send(feedback(student))
    frame = await practice.hears("feedback")
    row = await Feedback.objects.aget(message_id=frame["message_id"])
    assert (row.student_id, row.tutor_id, row.message) == (student.pk, tutor.pk, frame["message"])


async def test_speech_carries_its_address(
    dashboard: SocketClient, practice: SocketClient, student: User, settings: Any
) -> None:
    settings.AUDIO_URL_HOSTS = ["audio.example.com"]
    url = "https://audio.example.com/a.mp3"
    await dashboard.send(feedback(student, message_type="tts", audio_url=url))
    frame = await practice.hears("feedback")
    assert (frame["message_type"], frame["audio_url"]) == ("tts", url)
    assert "speak" not in frame


async def test_a_text_may_ask_to_be_read_aloud(
    dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    await dashboard.send(feedback(student, speak=True))
    assert (await practice.hears("feedback"))["speak"] is True


async def test_the_same_message_id_stores_and_delivers_once(
    dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    message = feedback(student, message_id="mine")
    first, second = await give(dashboard, message), await give(dashboard, message)
    assert first == second
    await practice.hears("feedback")
    assert await practice.hears_nothing()
    assert await Feedback.objects.acount() == 1


async def test_the_same_message_id_twice_in_one_breath_is_one_row(
    dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    message = feedback(student, message_id="mine")
    await dashboard.send(message)
    second = await give(dashboard, message)
    assert second["state"] == "delivered"
    assert await Feedback.objects.acount() == 1


async def test_feedback_without_the_database_is_unavailable_and_never_pushed(
    dashboard: SocketClient, practice: SocketClient, student: User, lose_database: Any
) -> None:
    lose_database()
    message = feedback(student, message_id="mine")
    error = await dashboard.ask(message, "message_error", code="UNAVAILABLE")
    assert error["original_message_id"] == "mine"
    assert await practice.hears_nothing()


async def test_timestamps_of_one_student_and_session_are_unique(
    dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    for number in range(5):
        await dashboard.send(feedback(student, str(number)))
    stamps = [(await practice.hears("feedback"))["timestamp"] for _ in range(5)]
    assert stamps == sorted(set(stamps))


async def test_a_student_is_not_flooded_by_their_tutor(
    limits: Limit, dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    limits(student_feedback_per_minute=2)
    for number in range(3):
        await dashboard.send(feedback(student, str(number), message_id=f"no {number}"))
    refused = await dashboard.hears("message_error", code="RATE_LIMITED")
    assert refused["original_message_id"] == "no 2"
    assert 50_000 < refused["retry_after_ms"] <= 60_001
    assert await texts(practice, 2) == ["0", "1"]
    assert await practice.hears_nothing()


async def test_other_students_are_given_theirs_meanwhile(
    limits: Limit, dashboard: SocketClient, student: User, other_student: User
) -> None:
    limits(student_feedback_per_minute=1)
    await keep(dashboard, feedback(student))
    await dashboard.ask(feedback(student), "message_error", code="RATE_LIMITED")
    await keep(dashboard, feedback(other_student))
