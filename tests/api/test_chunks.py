"""Bodies that come in chunks, without a length, through the ASGI application."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator

from speaktracker.asgi import application
from speaktracker.auth import tokens
from speaktracker.background import background
from speaktracker.roster.models import User
from tests.api.conftest import BODY

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
async def _nothing_runs_on(transactional_db: None) -> AsyncIterator[None]:
    """End what the application began: PostgreSQL empties no table that is being written to."""
    yield
    await background().stop()


async def post(user: User, chunks: list[bytes]) -> tuple[int, dict[str, Any]]:
    headers = {
        b"host": b"localhost",
        b"authorization": f"Bearer {tokens.issue(user)}".encode(),
        b"content-type": b"application/json",
        b"transfer-encoding": b"chunked",
    }
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": "/api/tutor/feedback",
        "query_string": b"",
        "headers": list(headers.items()),
    }
    sent = ApplicationCommunicator(application, scope)
    for chunk in chunks:
        await sent.send_input({"type": "http.request", "body": chunk, "more_body": True})
    await sent.send_input({"type": "http.request", "body": b""})
    start = await sent.receive_output(timeout=30)
    answer = await sent.receive_output(timeout=30)
    await sent.wait(timeout=30)
    return start["status"], json.loads(answer["body"])


async def test_a_body_in_chunks_is_read_whole(tutor: User, student: User) -> None:
    body = json.dumps(BODY).encode()
    status, answer = await post(tutor, [body[:20], body[20:]])
    assert (status, answer["message"]) == (202, BODY["message"])


async def test_chunks_are_read_up_to_the_limit(tutor: User) -> None:
    status, answer = await post(tutor, [b"x" * 60_000] * 20)
    assert (status, answer["code"]) == (413, "MESSAGE_TOO_LARGE")
