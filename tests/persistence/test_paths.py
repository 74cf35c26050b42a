"""The product's own records reach the mirror, and only the relay ever calls AWS."""

import asyncio
import threading
from typing import Any

import pytest
from botocore.httpsession import URLLib3Session
from django.test import AsyncClient

from speaktracker.persistence.tables import CONNECTIONS, FEEDBACK, SESSIONS
from speaktracker.roster.models import User
from tests.persistence.mirror import Mirror
from tests.realtime.conftest import (  # noqa: F401
    Connect,
    connect,
    other_tutor,
    student,
    tutor,
)
from tests.socket_client import bearer

STATUS = {"type": "status", "status": "studying", "session_id": "s1", "message_id": "m1"}


@pytest.fixture
def callers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note the thread of every call to AWS."""
    found: list[str] = []
    send = URLLib3Session.send

    def noted(session: Any, request: Any) -> Any:
        found.append(threading.current_thread().name)
        return send(session, request)

    monkeypatch.setattr(URLLib3Session, "send", noted)
    return found


@pytest.fixture
async def tables(aws: Any) -> Mirror:
    """Make the tables for the product's own records."""
    mirror = Mirror(aws)
    await asyncio.to_thread(mirror.make_tables)
    return mirror


async def _give_feedback(tutor: User, student: User) -> int:  # noqa: F811
    body = {"student_email": student.email, "session_id": "s1"}
    body |= {"message": "발음이 좋아졌어요", "message_type": "text"}
    answer = await AsyncClient().post(
        "/api/tutor/feedback", body, content_type="application/json", headers=bearer(tutor)
    )
    return answer.status_code


async def test_sockets_and_requests_leave_aws_to_the_relay(
    tables: Mirror,
    callers: list[str],
    connect: Connect,  # noqa: F811
    student: User,  # noqa: F811
    tutor: User,  # noqa: F811
) -> None:
    socket = await connect(student)
    await socket.ask(STATUS, "ack")
    assert await _give_feedback(tutor, student) == 201
    await tables.is_drained()
    names = {name.rsplit("_", 1)[0] for name in callers}
    assert names == {"mirror"}
    for table in (CONNECTIONS, FEEDBACK):
        assert len(await tables.items(table)) == 1


async def test_a_whole_visit_ends_without_a_difference(
    tables: Mirror,
    connect: Connect,  # noqa: F811
    student: User,  # noqa: F811
    tutor: User,  # noqa: F811
) -> None:
    async with asyncio.timeout(60):
        socket = await connect(student)
        await socket.ask(STATUS, "ack")
        await socket.ask(STATUS | {"status": "finished", "message_id": "m2"}, "ack")
        await _give_feedback(tutor, student)
        while not await tables.items(SESSIONS):
            await tables.is_drained()
        await socket.close()
        await tables.is_complete()
    assert await tables.items(CONNECTIONS) == []
