"""Feedback through the real thing: HTTP in, the student's socket out."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from channels.layers import channel_layers
from django.test import AsyncClient

from feedback.models import Feedback
from speaktracker.auth import tokens
from speaktracker.background import background
from speaktracker.roster.models import User
from tests.api.conftest import BODY
from tests.socket_client import SocketClient, bearer

pytestmark = pytest.mark.django_db(transaction=True)
PATH = "/api/tutor/feedback"

Give = Callable[..., Awaitable[Any]]  # a response with `json`
Connect = Callable[[User], Awaitable[SocketClient]]


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    channel_layers.backends.clear()
    opened: list[SocketClient] = []

    async def open_socket(user: User) -> SocketClient:
        client = SocketClient(headers=bearer(user))
        opened.append(client)
        await client.open()
        await client.hears("connection_success")
        return client

    yield open_socket
    for client in opened:
        await client.close()
    await background().stop()


@pytest.fixture
def give(async_client: AsyncClient, tutor: User, connect: Connect) -> Give:
    """Give feedback as the tutor, over HTTP."""
    authorization = f"Bearer {tokens.issue(tutor)}"

    async def post(key: str | None = None, **changes: Any) -> Any:
        headers = {"Authorization": authorization} | ({"Idempotency-Key": key} if key else {})
        body = BODY | changes
        return await async_client.post(PATH, body, content_type="application/json", headers=headers)

    return post


async def test_feedback_reaches_every_tab_of_the_student(
    give: Give, connect: Connect, student: User
) -> None:
    tabs = [await connect(student), await connect(student)]
    answer = await give(message="e\u0301\x07 <b>")
    body = answer.json()
    assert (answer.status_code, body["delivery"]) == (
        201,
        {"status": "delivered", "connections": 2},
    )
    del body["delivery"]
    for tab in tabs:
        assert await tab.hears("feedback") == body
    assert body["message"] == "é <b>"


async def test_feedback_for_an_offline_student_waits_for_the_next_connect(
    give: Give, connect: Connect, student: User
) -> None:
    answer = await give()
    body = answer.json()
    assert (answer.status_code, body["delivery"]["status"]) == (202, "queued")
    assert body["error"]["code"] == "RECIPIENT_OFFLINE"
    assert body["error"]["original_message_id"] == body["message_id"]
    tab = await connect(student)
    assert (await tab.hears("feedback"))["message_id"] == body["message_id"]


async def test_a_repeated_call_gets_the_first_answer_again(
    give: Give, connect: Connect, student: User
) -> None:
    tab = await connect(student)
    first, second = await give("key"), await give("key")
    assert (second.status_code, second.json()) == (first.status_code, first.json())
    assert await Feedback.objects.acount() == 1
    await tab.hears("feedback")
    assert await tab.hears_nothing()


async def test_a_repeated_call_gets_the_first_answer_even_when_it_was_queued(
    give: Give, connect: Connect, student: User
) -> None:
    first = await give("key")
    await connect(student)
    second = await give("key")
    assert (second.status_code, second.json()) == (202, first.json())


async def test_calls_that_repeat_each_other_at_once_are_one(give: Give, student: User) -> None:
    answers = await asyncio.gather(*(give("key") for _ in range(5)))
    assert len({answer.content for answer in answers}) == 1
    assert await Feedback.objects.acount() == 1


async def test_another_body_with_the_same_key_is_refused(give: Give, student: User) -> None:
    await give("key")
    answer = await give("key", message="something else")
    assert (answer.status_code, answer.json()["code"]) == (409, "KEY_REUSED")
    assert await Feedback.objects.acount() == 1


async def test_nobody_learns_whose_addresses_exist(
    give: Give, student: User, other_student: User
) -> None:
    unknown = await give(student_email="nobody@example.com")
    not_mine = await give(student_email=other_student.email)
    assert unknown.status_code == not_mine.status_code == 403
    assert unknown.json() == not_mine.json()
    assert unknown.json()["code"] == "FORBIDDEN"


async def test_what_was_given_is_listed(
    give: Give, async_client: AsyncClient, tutor: User, student: User
) -> None:
    given = (await give(audio_url="https://localhost/a.mp3", message_type="tts")).json()
    headers = {"Authorization": f"Bearer {tokens.issue(student)}"}
    [listed] = (await async_client.get("/api/student/feedback", headers=headers)).json()["results"]
    del given["delivery"], given["error"]
    assert listed == given | {"state": "queued", "acknowledged": False}
