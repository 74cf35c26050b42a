"""SPEC.md sections 2.1 and 2.4: what a `feedback` message may hold, and who may send it."""

from typing import Any

from feedback.models import Feedback
from speaktracker.roster.models import User
from tests.realtime.conftest import assign
from tests.realtime.giving import give
from tests.realtime.messages import feedback
from tests.socket_client import SocketClient


async def test_what_feedback_must_not_hold_is_refused_with_its_path(
    no_rate_limit: None,
    dashboard: SocketClient,
    practice: SocketClient,
    student: User,
    settings: Any,
) -> None:
    settings.AUDIO_URL_HOSTS = ["audio.example.com"]
    bad: list[tuple[str, dict[str, Any]]] = [
        ("audio_url", {"message_type": "tts"}),
        ("audio_url", {"audio_url": "https://audio.example.com/a.mp3"}),
        ("audio_url", {"message_type": "tts", "audio_url": "http://audio.example.com/a.mp3"}),
        ("audio_url", {"message_type": "tts", "audio_url": "https://evil.example.com/a.mp3"}),
        ("message", {"message": ""}),
        ("message", {"message": "x" * 2001}),
        ("message", {"message": "\x00"}),
        ("message", {"message": None}),
        ("message_type", {"message_type": "video"}),
        ("session_id", {"session_id": ""}),
        ("session_id", {"session_id": "s" * 129}),
        ("student_email", {"student_email": None}),
        ("speak", {"speak": "yes"}),
        ("volume", {"volume": 11}),
    ]
    for field, fields in bad:
        error = await dashboard.ask(feedback(student, **fields), "message_error")
        assert (error["code"], error["path"]) == ("INVALID_MESSAGE", f"$.{field}"), fields
    assert await practice.hears_nothing()
    assert not await Feedback.objects.aexists()


async def test_own_address_as_sender_is_accepted_and_a_timestamp_recorded_as_given(
    dashboard: SocketClient, practice: SocketClient, student: User, tutor: User
) -> None:
    given = {"from": tutor.email.upper(), "timestamp": "1999-01-01T00:00:00.000Z"}
    await dashboard.send(feedback(student, **given))
    frame = await practice.hears("feedback")
    assert frame["from"] == tutor.email
    assert frame["timestamp"] > "2000"
    row = await Feedback.objects.aget()
    assert row.client_timestamp == "1999-01-01T00:00:00.000Z"


async def test_another_sender_is_forbidden(
    dashboard: SocketClient, practice: SocketClient, student: User, other_tutor: User
) -> None:
    message = feedback(student, **{"from": other_tutor.email})
    await dashboard.ask(message, "message_error", code="FORBIDDEN")
    assert await practice.hears_nothing()


async def test_a_stranger_and_somebody_elses_student_are_forbidden_alike(
    dashboard: SocketClient, practice: SocketClient, student: User, other_tutor: User
) -> None:
    await assign(student, other_tutor)
    answers = []
    for email in (student.email, "nobody@example.com"):
        message = feedback(student, student_email=email, message_id="1")
        error = await dashboard.ask(message, "message_error", code="FORBIDDEN")
        answers.append({k: v for k, v in error.items() if k != "timestamp"})
    assert answers[0] == answers[1]


async def test_a_student_gives_no_feedback(practice: SocketClient, student: User) -> None:
    await practice.ask(feedback(student), "message_error", code="FORBIDDEN")


async def test_a_message_id_with_another_body_is_refused(
    dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    await give(dashboard, feedback(student, "one", message_id="mine"))
    error = await dashboard.ask(feedback(student, "two", message_id="mine"), "message_error")
    assert (error["code"], error["path"]) == ("INVALID_MESSAGE", "$.message_id")


async def test_feedback_is_stored_in_nfc_without_control_characters(
    dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    await dashboard.send(feedback(student, "a\x00\u1112\u1161\u11ab\n<b>\t"))
    assert (await practice.hears("feedback"))["message"] == "a한\n<b>\t"
