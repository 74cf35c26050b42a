"""Ids in place of rights: whether something of others exists is not to be found out."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.rights.commands import said_to
from tests.rights.doors import bearer
from tests.rights.site import Calls, RightsSite

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("rights")]
Answer = tuple[int, str]


async def _answer(
    site: RightsSite, calls: Calls, person: str, method: str, address: str, **options: Any
) -> Answer:
    """Call as `person`; the ids and addresses that were sent are taken out of the answer."""
    headers = bearer(site.people[person]["access"])
    answer = await calls(method, address, headers=headers, **options)
    return answer.status_code, answer.text


@pytest.fixture
def of_others(rights: RightsSite) -> str:
    """The message_id of feedback that neither `tutor` nor `student` gave or got."""
    return rights.gives("other-tutor", "other-student")


@pytest.mark.parametrize("person", ["tutor", "student"])
async def test_a_cursor_of_others_is_one_that_does_not_exist(
    rights: RightsSite, of_others: str, person: str
) -> None:
    async with rights.calls() as calls:
        address = f"/api/{person}/feedback?before="
        theirs = await _answer(rights, calls, person, "GET", address + of_others)
        nobodys = await _answer(rights, calls, person, "GET", address + str(_near(of_others)))
    assert theirs == nobodys
    assert theirs[0] == 400


@pytest.mark.parametrize("who", ["other-student", "lone-student", "other-tutor", "super", "tutor"])
async def test_feedback_to_a_stranger_is_as_to_no_one(rights: RightsSite, who: str) -> None:
    async with rights.calls() as calls:
        answers = []
        for address in (rights.email(who), rights.email(who).upper(), "no-one@rights.example.com"):
            body = {"student_email": address, "session_id": "s", "message_type": "text"}
            answers.append(
                await _answer(
                    rights,
                    calls,
                    "tutor",
                    "POST",
                    "/api/tutor/feedback",
                    json={**body, "message": "must not"},
                )
            )
    assert len(set(answers)) == 1
    assert answers[0][0] == 403


@pytest.mark.parametrize("who", ["other-student", "lone-student", "other-tutor", "super"])
async def test_a_list_of_a_stranger_is_as_of_no_one(rights: RightsSite, who: str) -> None:
    async with rights.calls() as calls:
        address = "/api/tutor/feedback?student_email="
        theirs = await _answer(rights, calls, "tutor", "GET", address + rights.email(who))
        no_ones = await _answer(rights, calls, "tutor", "GET", address + "no-one@example.com")
    assert theirs == no_ones == (200, '{"results":[],"next":null}')


async def test_an_idempotency_key_of_others_is_a_new_one(rights: RightsSite) -> None:
    key = {"Idempotency-Key": uuid4().hex}
    body = {"session_id": "s", "message_type": "text"}
    async with rights.calls() as calls:
        for tutor, student in (("other-tutor", "other-student"), ("tutor", "student")):
            answer = await calls(
                "POST",
                "/api/tutor/feedback",
                headers={**bearer(rights.people[tutor]["access"]), **key},
                json={
                    **body,
                    "student_email": rights.email(student),
                    "message": f"may, from {tutor}",
                },
            )
            assert answer.status_code in (201, 202)
            assert answer.json()["from"] == rights.email(tutor)


@pytest.mark.parametrize("state", ["delivered", "seen", "played"])
async def test_an_ack_of_others_feedback_changes_nothing(
    rights: RightsSite, of_others: str, state: str
) -> None:
    before = _row(rights, of_others)
    socket = await rights.opens(rights.ports[1], headers=bearer(rights.people["student"]["access"]))
    heard: list[str] = []
    for number in (of_others, str(_near(of_others))):
        message = {"type": "feedback_ack", "message_id": number, "state": state}
        assert await said_to(socket, message, heard) == "ack"
        many = {**message, "message_ids": [number], "message_id": number}
        assert await said_to(socket, many, heard) == "ack"
    await socket.close()
    assert _row(rights, of_others) == before
    assert not [text for text in heard if "message_error" in text]


async def test_feedback_over_the_socket_to_a_stranger_is_as_to_no_one(rights: RightsSite) -> None:
    socket = await rights.opens(rights.ports[0], headers=bearer(rights.people["tutor"]["access"]))
    errors = []
    for address in (rights.email("other-student"), rights.email("super"), "no-one@example.com"):
        heard: list[str] = []
        message = {
            "type": "feedback",
            "message_id": "m",
            "student_email": address,
            "session_id": "s",
            "message": "must not",
            "message_type": "text",
        }
        assert await said_to(socket, message, heard) == "FORBIDDEN"
        errors.append({**json.loads(heard[-1]), "timestamp": ""})
    await socket.close()
    assert errors[0] == errors[1] == errors[2]


def _near(message_id: str) -> UUID:
    """Return an id that is nobody's, made at about the time of another."""
    return UUID(int=UUID(message_id).int ^ 1)


def _row(site: RightsSite, message_id: str) -> str:
    query = (
        f"SELECT row_to_json(f)::text FROM feedback_feedback f WHERE message_id = '{message_id}'"
    )
    return str(site.database.rows(query)[0][0])
