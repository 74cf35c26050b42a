"""The feedback API as a tutor and a student use it."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.blackbox import contract
from tests.blackbox.classroom import Classroom, Pair
from tests.blackbox.web import signs_in

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("blackbox-rest")]

GIVE = "/api/tutor/feedback"


def frame_of(answer: httpx.Response) -> dict[str, Any]:
    """Hold an answer of the POST against the contract; return the feedback frame in it."""
    body: dict[str, Any] = answer.json()
    delivery = body.pop("delivery")
    assert delivery.keys() == {"status", "connections"}
    assert (answer.status_code == 201) == (delivery["status"] == "delivered")
    if answer.status_code == 202:
        error = body.pop("error")
        contract.message_error(error)
        assert error["original_message_id"] == body["message_id"]
    contract.feedback(body)
    return body


def _body(pair: Pair, **fields: Any) -> dict[str, Any]:
    return {
        "student_email": pair.student,
        "session_id": "s1",
        "message": "발음이 좋아졌어요",
        "message_type": "text",
        **fields,
    }


async def test_feedback_to_a_connected_student_is_201_and_the_frame_they_get(
    room: Classroom, pair: Pair
) -> None:
    tabs = [await room.enters(pair.student) for _ in range(2)]
    answer = await room.gives(pair, "발음이 좋아졌어요", audio_url=None)
    assert answer.status_code == 201
    assert answer.json()["delivery"] == {"status": "delivered", "connections": 2}
    frame = frame_of(answer)
    for tab in tabs:
        assert await tab.hears("feedback") == frame


async def test_speech_has_its_address(room: Classroom, pair: Pair) -> None:
    student = await room.enters(pair.student)
    address = "https://audio.example.com/a.mp3?x=1"
    answer = await room.gives(pair, "Listen", message_type="tts", audio_url=address)
    assert frame_of(answer) == await student.hears("feedback", audio_url=address)


async def test_feedback_to_an_absent_student_is_202_and_comes_at_the_next_connect(
    room: Classroom, pair: Pair
) -> None:
    answer = await room.gives(pair, "Later")
    assert answer.status_code == 202
    assert answer.json()["delivery"] == {"status": "queued", "connections": 0}
    error = answer.json()["error"]
    assert (error["code"], error["queued"]) == ("RECIPIENT_OFFLINE", True)
    assert error["message"] == "메시지 전송에 실패했습니다"
    student = await room.enters(pair.student)
    assert await student.hears("feedback") == frame_of(answer)


async def test_errors_are_english_when_asked(room: Classroom, pair: Pair) -> None:
    client = room.http(pair.tutor, **{"Accept-Language": "en"})
    answer = await client.post(GIVE, json=_body(pair))
    assert answer.json()["error"]["message"].isascii()
    refused = await client.post(GIVE, json=_body(pair, message=""))
    assert refused.json()["message"][0].isascii()


@pytest.mark.parametrize("path", [GIVE, f"{GIVE}/"])
async def test_a_key_makes_a_repeated_call_safe(room: Classroom, pair: Pair, path: str) -> None:
    student = await room.enters(pair.student)
    client = room.http(pair.tutor, **{"Idempotency-Key": "key-1"})
    answers = await asyncio.gather(*(client.post(path, json=_body(pair)) for _ in range(3)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    conflict = await client.post(path, json=_body(pair, message="Another"))
    assert conflict.status_code == 409
    await student.hears("feedback")
    assert await student.hears_meanwhile() == []
    listed = (await room.http(pair.tutor).get(path)).json()["results"]
    assert len(listed) == 1


async def test_a_repeated_call_for_an_absent_student_has_the_first_answer(
    room: Classroom, pair: Pair
) -> None:
    client = room.http(pair.tutor, **{"Idempotency-Key": "key-1"})
    first = await client.post(GIVE, json=_body(pair))
    student = await room.enters(pair.student)
    await student.hears("feedback")
    again = await client.post(GIVE, json=_body(pair))
    assert (again.status_code, again.json()) == (202, first.json())
    assert await student.hears_meanwhile() == []


async def test_keys_of_two_tutors_have_nothing_to_do_with_each_other(room: Classroom) -> None:
    for other in (room.site.pair(), room.site.pair()):
        client = room.http(other.tutor, **{"Idempotency-Key": "shared"})
        assert (await client.post(GIVE, json=_body(other))).status_code == 202


async def test_lists_are_paged_newest_first(room: Classroom, pair: Pair) -> None:
    texts = [f"number {n}" for n in range(52)]
    for text in texts:
        assert (await room.gives(pair, text)).status_code == 202
    for email, path in ((pair.tutor, GIVE), (pair.student, "/api/student/feedback/")):
        client = room.http(email)
        first = (await client.get(path)).json()
        assert first.keys() == {"results", "next"}
        second = (await client.get(path, params={"before": first["next"]})).json()
        assert (len(first["results"]), len(second["results"])) == (50, 2)
        assert second["next"] is None
        said = [row["message"] for row in [*first["results"], *second["results"]]]
        assert said == texts[::-1]


async def test_lists_are_narrowed_by_student_and_session(room: Classroom, pair: Pair) -> None:
    await room.gives(pair, "one", session_id="a")
    await room.gives(pair, "two", session_id="b")
    await room.gives(pair, "three", student_email=pair.second, session_id="a")
    client = room.http(pair.tutor)
    for query, texts in (
        ({"session_id": "a"}, ["three", "one"]),
        ({"student_email": pair.student.upper()}, ["two", "one"]),
        ({"student_email": pair.second, "session_id": "b"}, []),
        ({"student_email": "nobody@example.com"}, []),
    ):
        rows = (await client.get(GIVE, params=query)).json()["results"]
        assert [row["message"] for row in rows] == texts
    own = (await room.http(pair.second).get("/api/student/feedback")).json()["results"]
    assert [row["message"] for row in own] == ["three"]


async def test_a_wrong_cursor_is_400(room: Classroom, pair: Pair) -> None:
    client = room.http(pair.tutor)
    for before in ("x", "01a20e40-a783-7528-83c2-4ec6d924505e"):
        assert (await client.get(GIVE, params={"before": before})).status_code == 400


@pytest.mark.parametrize("path", ["/api/tutor/students", "/api/tutor/students/"])
async def test_the_students_are_those_of_the_snapshot(
    room: Classroom, pair: Pair, path: str
) -> None:
    tutor = await room.enters(pair.tutor)
    answer = (await room.http(pair.tutor).get(path)).json()
    assert answer.keys() == {"students", "generated_at"}
    assert contract.timestamp(answer["generated_at"])
    assert {student.pop("attention")["reason"] for student in answer["students"]} == {"none"}
    assert answer["students"] == tutor.heard[-1]["data"]["students"]


async def test_text_is_stored_as_data(room: Classroom, pair: Pair) -> None:
    student = await room.enters(pair.student)
    sent = "<script>alert(1)</script>\n\t' OR 1=1; 🎤 e\u0301\x07"
    frame = frame_of(await room.gives(pair, sent))
    assert frame["message"] == "<script>alert(1)</script>\n\t' OR 1=1; 🎤 é"
    assert await student.hears("feedback") == frame


async def test_a_session_may_give_feedback_with_its_csrf_token(room: Classroom, pair: Pair) -> None:
    client = await signs_in(room, pair.tutor)
    await client.get("/tutor/")
    assert (await client.post(GIVE, json=_body(pair))).status_code == 403
    headers = {"X-CSRFToken": client.cookies["csrftoken"], "Referer": room.server.url}
    assert (await client.post(GIVE, json=_body(pair), headers=headers)).status_code == 202
