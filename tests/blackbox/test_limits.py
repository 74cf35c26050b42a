"""The limits of section 2.4, lowered by their environment variables."""

import asyncio

import pytest

from tests.blackbox.classroom import Classroom, Pair
from tests.blackbox.sockets import Socket

ENVIRONMENT = {
    "CLIENT_MESSAGE_BYTES": "600",
    "USER_MESSAGES_PER_SECOND": "4",
    "USER_REFUSALS_PER_MINUTE": "20",
    "CONNECTION_BYTES_PER_MINUTE": "6000",
    "USER_SOCKETS": "2",
    "USER_REST_CALLS_PER_MINUTE": "5",
}
pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("blackbox-limits")]


async def _floods(sockets: list[Socket], messages: int) -> list[str]:
    for number in range(messages):
        await sockets[number % len(sockets)].send(type="ping")
    answers = [await sockets[n % len(sockets)].next() for n in range(messages)]
    return [answer["type"] for answer in answers]


async def test_too_large_is_told_and_the_socket_stays(room: Classroom, pair: Pair) -> None:
    socket = await room.enters(pair.student)
    await socket.send(type="status", status="studying", session_id="s", current_sentence="x" * 601)
    assert (await socket.hears("message_error"))["code"] == "MESSAGE_TOO_LARGE"
    await socket.reports("studying", current_sentence="x" * 300)


async def test_too_many_messages_are_told_when_to_go_on(room: Classroom, pair: Pair) -> None:
    socket = await room.enters(pair.student)
    kinds = await _floods([socket], 15)
    assert 0 < kinds.count("message_error") < 15
    refused = [m for m in socket.heard if m["type"] == "message_error"]
    assert {m["code"] for m in refused} == {"RATE_LIMITED"}
    assert all(0 < m["retry_after_ms"] <= 1000 for m in refused)
    await asyncio.sleep(refused[-1]["retry_after_ms"] / 1000)  # as the server says
    assert (await socket.ask("ping"))["type"] == "ack"


async def test_all_sockets_of_a_user_share_the_limit(room: Classroom, pair: Pair) -> None:
    sockets = [await room.enters(pair.student) for _ in range(2)]
    other = await room.enters(pair.second)
    kinds = await _floods(sockets, 16)
    assert kinds.count("pong") < 12
    assert (await other.ask("ping"))["type"] == "ack"


async def test_who_goes_on_anyway_is_closed(room: Classroom, pair: Pair) -> None:
    socket = await room.enters(pair.student)
    for _ in range(40):
        await socket.send(type="ping")
    assert await socket.is_closed_with() == 4013
    assert [m.get("code") for m in socket.heard].count("RATE_LIMITED") >= 20
    again = await room.knocks(pair.student)
    assert await again.is_closed_with() == 4013
    assert 0 < again.heard[-1]["retry_after_ms"] <= 60_001


async def test_bad_messages_are_no_abuse(room: Classroom, pair: Pair) -> None:
    socket = await room.enters(pair.student)
    for _ in range(25):
        assert (await socket.ask("hello"))["code"] == "UNKNOWN_TYPE"
        await asyncio.sleep(0.26)  # below the limit, as a client behaves


async def test_too_many_bytes_are_refused_like_too_many_messages(
    room: Classroom, pair: Pair
) -> None:
    socket = await room.enters(pair.student)
    # More than enough, though the bytes of a slow machine are forgiven while it answers.
    for _ in range(60):
        await socket.connection.send('{"type":"ping"}' + " " * 580)
        if (await socket.next())["type"] == "message_error":
            break
        await asyncio.sleep(0.4)
    assert socket.heard[-1]["code"] == "RATE_LIMITED"


async def test_the_newest_socket_beyond_the_limit_is_refused(room: Classroom, pair: Pair) -> None:
    sockets = [await room.enters(pair.student) for _ in range(2)]
    third = await room.knocks(pair.student)
    assert await third.is_closed_with() == 4010
    (error,) = third.heard
    assert (error["type"], error["code"]) == ("connection_error", "TOO_MANY_CONNECTIONS")
    await sockets[0].reports("studying")
    await sockets[0].close()
    while (again := await room.knocks(pair.student)) and (await again.next())["type"] != (
        "connection_success"
    ):
        await again.is_closed_with()


async def test_the_sixth_call_of_a_minute_is_429(room: Classroom, pair: Pair) -> None:
    client = room.http(pair.tutor)
    codes = [(await client.get("/api/tutor/students")).status_code for _ in range(5)]
    assert codes == [200] * 5
    body = {"student_email": pair.student, "session_id": "s", "message": "x"}
    answer = await client.post("/api/tutor/feedback", json={**body, "message_type": "text"})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert answer.json()["code"] == "RATE_LIMITED"
    assert (await room.http(pair.student).get("/api/student/feedback")).json()["results"] == []


async def test_confirmations_that_answer_feedback_do_not_count(room: Classroom, pair: Pair) -> None:
    student = await room.enters(pair.student)
    ids = [(await room.gives(pair, f"n{n}")).json()["message_id"] for n in range(4)]
    for given in ids:
        await student.hears("feedback", message_id=given)
        for state in ("delivered", "seen", "played"):
            await student.send(type="feedback_ack", message_id=given, state=state)
    heard = [await student.hears("ack") for _ in range(12)]
    assert [m["message_id"] for m in heard] == [given for given in ids for _ in range(3)]
    assert "RATE_LIMITED" not in [m.get("code") for m in student.heard]
