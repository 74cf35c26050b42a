"""What a client may send, and what comes back: every row of the tables of section 2."""

from typing import Any

import pytest

from tests.blackbox.classroom import Classroom, Pair

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("blackbox-messages")]

STATUS = {"status": "studying", "session_id": "s1"}
FEEDBACK = {"session_id": "s1", "message": "Good", "message_type": "text"}


async def test_a_status_reaches_the_dashboard_as_it_was_sent(room: Classroom, pair: Pair) -> None:
    tutor, student = await room.enters(pair.tutor), await room.enters(pair.student)
    await student.reports(
        "studying",
        user_email=pair.student,
        session_id="session_123",
        current_sentence="Hello, how are you?",
        progress=45,
        timestamp="2020-01-01T00:00:00.000Z",
    )
    update = await tutor.hears("dashboard", action="update", status="studying")
    assert update["target_tutor_email"] == pair.tutor
    shown = update["data"]
    assert shown["student_email"] == pair.student
    assert (shown["session_id"], shown["current_sentence"]) == (
        "session_123",
        "Hello, how are you?",
    )
    assert shown["progress"] == 45
    assert not shown["last_update"].startswith("2020")


@pytest.mark.parametrize("status", ["studying", "idle", "paused"])
async def test_every_status_is_shown_and_versions_grow(
    room: Classroom, pair: Pair, status: str
) -> None:
    tutor, student = await room.enters(pair.tutor), await room.enters(pair.student)
    await student.reports(status)
    await student.reports(status, progress=99.5)
    first = await tutor.hears("dashboard", action="update", status=status, progress=0)
    second = await tutor.hears("dashboard", action="update", status=status, progress=99.5)
    assert second["data"]["version"] > first["data"]["version"]


async def test_finishing_leaves_class_and_practising_again_joins(
    room: Classroom, pair: Pair
) -> None:
    tutor, student = await room.enters(pair.tutor), await room.enters(pair.student)
    await tutor.hears("dashboard", action="student_joined", status="idle", progress=0)
    await student.reports("finished", progress=100)
    left = await tutor.hears("dashboard", action="student_left")
    assert left["data"]["reason"] == "finished"
    assert (left["data"]["progress"], left["data"]["online"]) == (100, True)
    await student.reports("finished", progress=100)
    await student.reports("studying", session_id="s2")
    joined = await tutor.hears("dashboard", action="student_joined", status="studying")
    assert joined["data"]["session_id"] == "s2"
    await tutor.hears_meanwhile()
    assert tutor.edges(pair.student) == ["student_joined", "student_left", "student_joined"]


async def test_a_snapshot_lists_everybody_offline_ones_too(room: Classroom, pair: Pair) -> None:
    student = await room.enters(pair.student)
    await student.reports("paused", current_sentence="A sentence", progress=7)
    tutor = await room.enters(pair.tutor)
    shown = {s["student_email"]: s for s in tutor.heard[-1]["data"]["students"]}
    assert shown.keys() == {pair.student, pair.second}
    assert (shown[pair.student]["status"], shown[pair.student]["progress"]) == ("paused", 7)
    absent = shown[pair.second]
    assert (absent["online"], absent["status"], absent["last_update"]) == (False, None, None)
    assert absent["student_name"]


async def test_a_refresh_brings_the_snapshot_again(room: Classroom, pair: Pair) -> None:
    tutor, student = await room.enters(pair.tutor), await room.enters(pair.student)
    await student.reports("studying", progress=33)
    assert (await tutor.ask("dashboard", action="refresh"))["type"] == "ack"
    snapshot = [m for m in tutor.heard if m.get("action") == "broadcast_all"][-1]
    assert len([m for m in tutor.heard if m.get("action") == "broadcast_all"]) == 2
    progress = {s["student_email"]: s["progress"] for s in snapshot["data"]["students"]}
    assert progress[pair.student] == 33


async def test_every_dashboard_of_a_tutor_is_told_and_no_other(room: Classroom, pair: Pair) -> None:
    stranger = await room.enters(room.site.pair().tutor)
    tabs = [await room.enters(pair.tutor) for _ in range(2)]
    student = await room.enters(pair.student)
    await student.reports("studying")
    for tab in tabs:
        await tab.hears("dashboard", action="student_joined", student_email=pair.student)
        await tab.hears("dashboard", action="update", student_email=pair.student)
    assert await stranger.hears_meanwhile() == []


async def test_a_batching_dashboard_gets_the_latest_of_each(room: Classroom, pair: Pair) -> None:
    tutor = await room.enters(pair.tutor, batch="1")
    first, second = await room.enters(pair.student), await room.enters(pair.second)
    for progress in (1, 2, 3):
        await first.reports("studying", progress=progress)
        await second.reports("studying", progress=progress)
    latest: dict[str, float] = {}
    while latest != {pair.student: 3, pair.second: 3}:
        message = await tutor.hears_that(lambda m: m.get("action") in ("update", "updates"))
        data = message["data"]
        for student in data.get("students", [data]):
            assert student["progress"] >= latest.get(student["student_email"], 0)
            latest[student["student_email"]] = student["progress"]


async def test_the_hello_is_answered_with_the_same_id(room: Classroom, pair: Pair) -> None:
    for email, user_type in ((pair.student, "student"), (pair.tutor, "tutor")):
        socket = await room.enters(email)
        hello = {"action": "connect", "user_email": email, "user_type": user_type}
        answer = await socket.ask("connection", timestamp="2026-01-14T10:30:00.000Z", **hello)
        assert answer["type"] == "ack"
        first, again = (m for m in socket.heard if m["type"] == "connection_success")
        assert {**first, "timestamp": ""} == {**again, "timestamp": ""}


@pytest.mark.parametrize("wrong", ["email", "type"])
async def test_a_hello_that_lies_ends_the_socket(room: Classroom, pair: Pair, wrong: str) -> None:
    socket = await room.enters(pair.student)
    await socket.send(
        type="connection",
        action="connect",
        user_email=pair.second if wrong == "email" else pair.student,
        user_type="tutor" if wrong == "type" else "student",
    )
    assert await socket.is_closed_with() == 4401
    assert socket.heard[-1]["type"] == "connection_error"
    assert socket.heard[-1]["code"] == "INVALID_CREDENTIALS"


async def test_a_fresh_token_is_taken_and_a_strangers_is_not(room: Classroom, pair: Pair) -> None:
    socket = await room.enters(pair.student)
    fresh = room.site.tokens[pair.student]
    assert (await socket.ask("connection", action="refresh", token=fresh))["type"] == "ack"
    assert [m["type"] for m in socket.heard].count("connection_success") == 2
    await socket.send(type="connection", action="refresh", token=room.site.tokens[pair.second])
    assert await socket.is_closed_with() == 4401


async def test_a_ping_is_answered_with_a_pong(room: Classroom, pair: Pair) -> None:
    for email in (pair.student, pair.tutor):
        socket = await room.enters(email)
        await socket.send(type="ping")
        await socket.hears("pong")


async def test_an_id_comes_back_in_an_ack_or_an_error(room: Classroom, pair: Pair) -> None:
    socket = await room.enters(pair.student)
    assert await socket.ask("ping", message_id="a" * 64) == {"type": "ack", "message_id": "a" * 64}
    error = await socket.refused("status", status="asleep", session_id="s", message_id="msg_123")
    assert (error["code"], error["original_message_id"]) == ("INVALID_MESSAGE", "msg_123")


@pytest.mark.parametrize(
    ("message", "path"),
    [
        ({}, "status"),
        ({"status": "studying"}, "session_id"),
        ({"status": "asleep", "session_id": "s"}, "status"),
        ({"status": None, "session_id": "s"}, "status"),
        ({**STATUS, "session_id": ""}, "session_id"),
        ({**STATUS, "session_id": "s" * 129}, "session_id"),
        ({**STATUS, "session_id": 5}, "session_id"),
        ({**STATUS, "current_sentence": "x" * 1001}, "current_sentence"),
        ({**STATUS, "progress": 1_000_001}, "progress"),
        ({**STATUS, "progress": -1e300}, "progress"),
        ({**STATUS, "progress": "45"}, "progress"),
        ({**STATUS, "progress": True}, "progress"),
        ({**STATUS, "mood": "fine"}, "mood"),
    ],
)
async def test_a_bad_status_is_refused_with_the_path_of_its_field(
    room: Classroom, pair: Pair, message: dict[str, Any], path: str
) -> None:
    socket = await room.enters(pair.student)
    error = await socket.refused("status", **message)
    assert (error["code"], error["path"].rsplit(".", 1)[-1]) == ("INVALID_MESSAGE", path)
    await socket.reports("studying")


async def test_the_longest_fields_are_taken(room: Classroom, pair: Pair) -> None:
    tutor, student = await room.enters(pair.tutor), await room.enters(pair.student)
    await student.reports("studying", session_id="세" * 128, current_sentence="발" * 1000)
    update = await tutor.hears("dashboard", action="update", session_id="세" * 128)
    assert update["data"]["current_sentence"] == "발" * 1000


async def test_text_is_kept_as_data(room: Classroom, pair: Pair) -> None:
    tutor, student = await room.enters(pair.tutor), await room.enters(pair.student)
    sent = '<b>"a"</b>\n\t\\ \u2028 🎤 e\u0301\x07\x00'
    await student.reports("studying", current_sentence=sent)
    update = await tutor.hears("dashboard", action="update")
    assert update["data"]["current_sentence"] == '<b>"a"</b>\n\t\\ \u2028 🎤 é'


async def test_a_status_in_anothers_name_is_forbidden(room: Classroom, pair: Pair) -> None:
    socket = await room.enters(pair.student)
    error = await socket.refused("status", **STATUS, user_email=pair.second)
    assert error["code"] == "FORBIDDEN"
    await socket.reports("studying", user_email=pair.student.upper())


async def test_nobody_sends_what_is_not_theirs(room: Classroom, pair: Pair) -> None:
    tutor, student = await room.enters(pair.tutor), await room.enters(pair.student)
    refusals = [
        await tutor.refused("status", **STATUS),
        await tutor.refused("feedback_ack", state="seen"),
        await student.refused("dashboard", action="refresh"),
        await student.refused("feedback", student_email=pair.second, **FEEDBACK),
    ]
    assert {error["code"] for error in refusals} == {"FORBIDDEN"}


@pytest.mark.parametrize("kind", ["", "hello", "connection_success", "Status"])
async def test_an_unknown_type_is_told(room: Classroom, pair: Pair, kind: str) -> None:
    socket = await room.enters(pair.student)
    assert (await socket.refused(kind))["code"] == "UNKNOWN_TYPE"


async def test_errors_speak_the_clients_language(room: Classroom, pair: Pair) -> None:
    korean = await room.enters(pair.student)
    english = await room.enters(pair.student, lang="en")
    assert not (await korean.refused("hello"))["message"].isascii()
    assert (await english.refused("hello"))["message"].isascii()
