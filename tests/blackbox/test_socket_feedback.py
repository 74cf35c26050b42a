"""Feedback over the socket: a tutor's message, a student's confirmations."""

from typing import Any

import pytest

from tests.blackbox.classroom import Classroom, Pair

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("blackbox-messages")]

FEEDBACK = {"session_id": "s1", "message": "Good", "message_type": "text"}


async def test_feedback_over_the_socket_is_stored_delivered_and_told(
    room: Classroom, pair: Pair
) -> None:
    tutor, student = await room.enters(pair.tutor), await room.enters(pair.student)
    given = {"student_email": pair.student, **FEEDBACK, "speak": True}
    answer = await tutor.ask("feedback", from_=pair.tutor, message_id="key_1", **given)
    assert answer["type"] == "ack"
    (status,) = (m for m in tutor.heard if m["type"] == "feedback_status")
    assert (status["state"], status["original_message_id"]) == ("delivered", "key_1")
    frame = await student.hears("feedback")
    assert frame["message_id"] == status["message_id"]
    assert (frame["from"], frame["speak"]) == (pair.tutor, True)
    again = await tutor.ask("feedback", message_id="key_1", **given)
    assert again["type"] == "ack"
    statuses = [m for m in tutor.heard if m["type"] == "feedback_status"]
    assert {m["message_id"] for m in statuses} == {frame["message_id"]}
    assert await student.hears_meanwhile() == []


async def feedback_that_failed(room: Classroom) -> str:
    """Read how often feedback failed, as Prometheus does."""
    text = (await room.http().get("/metrics")).text
    start = 'speaktracker_messages_total{message_type="feedback",status="error"}'
    (line,) = [line for line in text.splitlines() if line.startswith(start)]
    return line


async def test_feedback_for_an_absent_student_is_queued(room: Classroom, pair: Pair) -> None:
    tutor = await room.enters(pair.tutor)
    before = await feedback_that_failed(room)
    error = await tutor.refused("feedback", student_email=pair.student, **FEEDBACK)
    assert (error["code"], error["queued"]) == ("RECIPIENT_OFFLINE", True)
    assert await feedback_that_failed(room) == before
    assert error["message"] == "메시지 전송에 실패했습니다"
    (status,) = (m for m in tutor.heard if m["type"] == "feedback_status")
    assert status["state"] == "queued"
    student = await room.enters(pair.student)
    assert (await student.hears("feedback"))["message_id"] == status["message_id"]
    await tutor.hears("feedback_status", message_id=status["message_id"], state="delivered")


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"message": ""}, "message"),
        ({"message": "x" * 2001}, "message"),
        ({"message_type": "video"}, "message_type"),
        ({"message_type": "tts"}, "audio_url"),
        ({"message_type": "tts", "audio_url": "http://audio.example.com/a.mp3"}, "audio_url"),
        ({"message_type": "tts", "audio_url": "https://evil.example.com/a.mp3"}, "audio_url"),
        ({"audio_url": "https://audio.example.com/a.mp3"}, "audio_url"),
        ({"session_id": ""}, "session_id"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_bad_feedback_is_refused_with_the_path_of_its_field(
    room: Classroom, pair: Pair, fields: dict[str, Any], path: str
) -> None:
    tutor = await room.enters(pair.tutor)
    given = {"student_email": pair.student, **FEEDBACK, **fields}
    error = await tutor.refused("feedback", **given)
    assert (error["code"], error["path"].rsplit(".", 1)[-1]) == ("INVALID_MESSAGE", path)


async def test_feedback_is_for_own_students_in_ones_own_name(room: Classroom, pair: Pair) -> None:
    tutor = await room.enters(pair.tutor)
    other = room.site.pair()
    wrong = [
        await tutor.refused("feedback", student_email=other.student, **FEEDBACK),
        await tutor.refused("feedback", student_email="nobody@example.com", **FEEDBACK),
        await tutor.refused("feedback", student_email=pair.student, from_=other.tutor, **FEEDBACK),
    ]
    assert {error["code"] for error in wrong} == {"FORBIDDEN"}


async def test_a_confirmation_moves_on_and_never_back(room: Classroom, pair: Pair) -> None:
    tutor, student = await room.enters(pair.tutor), await room.enters(pair.student)
    given = (await room.gives(pair, "One")).json()["message_id"]
    await student.hears("feedback", message_id=given)
    for state in ("delivered", "seen", "played", "seen"):
        await student.send(type="feedback_ack", message_id=given, state=state)
    await student.hears_meanwhile()
    await tutor.hears("feedback_status", message_id=given, state="played")
    await tutor.hears_meanwhile()
    heard = [m for m in tutor.heard if m["type"] == "feedback_status"]
    states = [(m["state"], m["acknowledged"]) for m in heard]
    assert states == [("delivered", False), *((s, True) for s in ("delivered", "seen", "played"))]


async def test_several_confirmations_come_in_one_message(room: Classroom, pair: Pair) -> None:
    tutor, student = await room.enters(pair.tutor), await room.enters(pair.student)
    ids = [(await room.gives(pair, text)).json()["message_id"] for text in ("One", "Two")]
    answer = await student.ask("feedback_ack", message_id=ids[0], message_ids=ids, state="seen")
    assert answer == {"type": "ack", "message_id": ids[0]}
    seen = [await tutor.hears("feedback_status", state="seen") for _ in ids]
    assert {status["message_id"] for status in seen} == set(ids)


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "eaten"},
        {},
        {"state": "seen", "message_ids": []},
        {"state": "seen", "message_ids": ["x"] * 101},
        {"state": "seen", "message_ids": [5]},
    ],
)
async def test_a_bad_confirmation_is_refused(
    room: Classroom, pair: Pair, fields: dict[str, Any]
) -> None:
    student = await room.enters(pair.student)
    assert (await student.refused("feedback_ack", **fields))["code"] == "INVALID_MESSAGE"


async def test_nobody_confirms_anothers_feedback(room: Classroom, pair: Pair) -> None:
    tutor, student = await room.enters(pair.tutor), await room.enters(pair.student)
    thief = await room.enters(pair.second)
    given = (await room.gives(pair, "One")).json()["message_id"]
    await thief.send(type="feedback_ack", message_id=given, state="played")
    await thief.hears_meanwhile()
    await student.ask("feedback_ack", message_id=given, state="seen")
    await tutor.hears("feedback_status", message_id=given, state="seen")
    assert "played" not in [m.get("state") for m in tutor.heard]
