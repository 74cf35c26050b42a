"""SPEC.md section 2: what a connect answers, and how a failed one ends."""

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from channels.layers import get_channel_layer

from realtime.consumers import ClassroomConsumer
from realtime.models import Connection
from speaktracker import db
from speaktracker.asgi import application
from speaktracker.exceptions import SocketClosed, Unavailable
from speaktracker.roster.models import User
from tests.realtime.conftest import Connect, assign
from tests.socket_client import bearer

WIRE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.mark.parametrize("path", ["/ws/", "/ws"])
async def test_one_endpoint_serves_both_roles_with_and_without_the_slash(
    connect: Connect, tutor: User, student: User, path: str
) -> None:
    for person in (tutor, student):
        socket = await connect(person, path=path)
        success = await socket.next()
        assert (success["type"], success["user_email"]) == ("connection_success", person.email)


@pytest.mark.parametrize("connect", ["our server", "another"], indirect=True)
async def test_a_socket_that_has_nothing_to_write_has_no_task_for_it(
    connect: Connect, tutor: User, student: User
) -> None:
    writer = ClassroomConsumer._write.__qualname__

    def writing() -> list[asyncio.Task[None]]:
        named = ((task, task.get_coro()) for task in asyncio.all_tasks())
        return [task for task, coro in named if getattr(coro, "__qualname__", "") == writer]

    for person in (tutor, student):
        socket = await connect(person)
        await socket.hears("connection_success")
        await socket.ask({"type": "ping"}, "pong")
    if tasks := writing():  # the pong was heard in the middle of their last turn
        await asyncio.wait(tasks, timeout=30)
    assert not writing()


async def test_another_path_is_accepted_and_closed_as_a_bad_request(
    connect: Connect, tutor: User
) -> None:
    assert await (await connect(tutor, path="/wss/")).is_closed_with() == 4400


async def test_a_connection_id_has_the_shape_api_gateway_uses(
    connect: Connect, tutor: User
) -> None:
    seen = {(await (await connect(tutor)).next())["connection_id"] for _ in range(5)}
    assert len(seen) == 5
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{15}=", connection_id) for connection_id in seen)


async def test_a_student_is_told_what_the_connection_stands_on(
    connect: Connect, student: User, tutor: User
) -> None:
    success = await (await connect(student)).next()
    assert success == {
        "type": "connection_success",
        "connection_id": success["connection_id"],
        "timestamp": success["timestamp"],
        "user_email": student.email,
        "user_type": "student",
        "tutor_email": tutor.email,
        "tutor_name": tutor.name,
        "heartbeat_seconds": success["heartbeat_seconds"],
    }
    assert success["heartbeat_seconds"] > 0


async def test_a_tutor_is_told_no_tutor(connect: Connect, tutor: User) -> None:
    success = await (await connect(tutor)).next()
    assert success["user_type"] == "tutor"
    assert "tutor_email" not in success


async def test_times_are_iso_8601_in_utc_with_milliseconds_by_the_servers_clock(
    connect: Connect, tutor: User
) -> None:
    success = await (await connect(tutor)).next()
    assert WIRE_TIME.fullmatch(success["timestamp"])
    away = datetime.now(UTC) - datetime.fromisoformat(success["timestamp"])
    assert abs(away) < timedelta(seconds=30)


async def test_the_connection_record_stands_before_the_answer(
    connect: Connect, student: User, tutor: User
) -> None:
    success = await (await connect(student)).next()
    record = await Connection.objects.aget(connection_id=success["connection_id"])
    assert (record.user_email, record.user_type) == (student.email, "student")
    assert (record.tutor_email, record.expires_at - record.connected_at) == (
        tutor.email,
        timedelta(hours=24),
    )


async def test_a_disconnect_deletes_the_connection_record(connect: Connect, tutor: User) -> None:
    socket = await connect(tutor)
    connection_id = (await socket.next())["connection_id"]
    await socket.close()
    assert not await Connection.objects.filter(connection_id=connection_id).aexists()


async def test_a_failed_connect_is_accepted_told_and_closed(connect: Connect) -> None:
    socket = await connect()
    error = await socket.next()
    assert error == {
        "type": "connection_error",
        "code": "INVALID_CREDENTIALS",
        "message": "사용자 정보를 확인할 수 없습니다",
        "timestamp": error["timestamp"],
    }
    assert WIRE_TIME.fullmatch(error["timestamp"])
    assert await socket.is_closed_with() == 4401


async def test_a_student_without_a_mapping_has_no_socket(connect: Connect, student: User) -> None:
    await assign(student, None)
    socket = await connect(student)
    await socket.hears("connection_error", code="TUTOR_NOT_FOUND")
    assert await socket.is_closed_with() == 4404


async def test_staff_without_a_user_type_have_no_socket(connect: Connect) -> None:
    staff = await db.write(User.objects.create_superuser, "admin@example.com", None)
    socket = await connect(staff)
    await socket.hears("connection_error", code="FORBIDDEN")
    assert await socket.is_closed_with() == 4403


async def test_a_deactivated_user_is_refused_as_unknown(connect: Connect, tutor: User) -> None:
    await User.objects.filter(pk=tutor.pk).aupdate(is_active=False)
    socket = await connect(tutor)
    await socket.hears("connection_error", code="INVALID_CREDENTIALS")
    assert await socket.is_closed_with() == 4401


async def test_a_deleted_users_token_is_refused(connect: Connect, tutor: User) -> None:
    headers = bearer(tutor)
    await tutor.adelete()
    socket = await connect(headers=headers)
    await socket.hears("connection_error", code="INVALID_CREDENTIALS")
    assert await socket.is_closed_with() == 4401


async def test_a_connect_without_the_database_is_told_to_come_back(
    connect: Connect, tutor: User, lose_database: Callable[[], None]
) -> None:
    lose_database()
    socket = await connect(tutor)
    await socket.hears("connection_error", code="UNAVAILABLE")
    assert await socket.is_closed_with() == 4011


async def test_a_draining_process_sends_newcomers_elsewhere(
    connect: Connect, tutor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("speaktracker.drain_state._draining", True)
    assert await (await connect(tutor)).is_closed_with() == 1012


async def test_a_refused_connect_leaves_no_record(connect: Connect, student: User) -> None:
    await assign(student, None)
    await (await connect(student)).is_closed_with()
    assert not await Connection.objects.aexists()


@pytest.mark.parametrize("step", ["accept", "send", "close"])
async def test_a_client_that_goes_while_it_is_refused_is_no_error(step: str) -> None:
    events: list[dict[str, Any]] = [{"type": "websocket.disconnect"}, {"type": "websocket.connect"}]
    scope = {"type": "websocket", "path": "/ws/", "headers": [], "query_string": b""}

    async def receive() -> dict[str, Any]:
        return events.pop()

    async def send(event: dict[str, Any]) -> None:
        if event["type"] == f"websocket.{step}":
            raise SocketClosed

    await application({**scope, "subprotocols": []}, receive, send)


@pytest.mark.parametrize("step", ["new_channel", "group_add"])
async def test_without_the_channel_layer_nobody_connects_but_may_come_back(
    connect: Connect, student: User, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    async def away(*_: Any) -> None:
        raise Unavailable("the layer is away")

    monkeypatch.setattr(get_channel_layer(), step, away)
    socket = await connect(student)
    assert (await socket.hears("connection_error"))["code"] == "UNAVAILABLE"
    assert await socket.is_closed_with() == 4011
