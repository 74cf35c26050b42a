"""SPEC.md section 2.1: the hello, `ping`, and how any message is answered."""

from datetime import timedelta
from typing import Any

from speaktracker.auth import tokens
from speaktracker.roster.models import User
from tests.realtime.conftest import Connect
from tests.realtime.messages import status, without
from tests.socket_client import Message

ON_EVERY_SERVER = True


def hello(user: User, **fields: Any) -> Message:
    """Write the explicit hello of `user`."""
    return {
        "type": "connection",
        "action": "connect",
        "user_email": user.email,
        "user_type": user.user_type,
        "timestamp": "2026-01-14T10:30:00.000Z",
        **fields,
    }


async def test_the_hello_is_answered_with_the_same_connection(
    connect: Connect, student: User, tutor: User
) -> None:
    for person in (student, tutor):
        socket = await connect(person)
        first = await socket.hears("connection_success")
        second = await socket.ask(hello(person), "connection_success")
        assert without(first, "timestamp") == without(second, "timestamp")


async def test_a_hello_of_somebody_else_is_told_and_closed(
    connect: Connect, student: User, tutor: User
) -> None:
    for said in ({"user_email": tutor.email}, {"user_type": "tutor"}):
        socket = await connect(student)
        await socket.hears("connection_success")
        wrong = {**hello(student, **said), "message_id": "m"}
        error = await socket.ask(wrong, "connection_error", code="INVALID_CREDENTIALS")
        assert error["original_message_id"] == "m"
        assert await socket.is_closed_with() == 4401


async def test_a_hello_ignores_the_case_of_the_address(connect: Connect, student: User) -> None:
    socket = await connect(student)
    await socket.hears("connection_success")
    await socket.ask(hello(student, user_email=student.email.upper()), "connection_success")


async def test_a_hello_without_an_address_or_type_is_refused(
    connect: Connect, student: User
) -> None:
    socket = await connect(student)
    for name in ("user_email", "user_type", "action"):
        message = without(hello(student, message_id="1"), name)
        error = await socket.ask(message, "message_error", code="INVALID_MESSAGE")
        assert (error["path"], error["original_message_id"]) == (f"$.{name}", "1")


async def test_a_hello_with_a_message_id_is_acknowledged_too(
    connect: Connect, student: User
) -> None:
    socket = await connect(student)
    await socket.hears("connection_success")
    await socket.ask(hello(student, message_id="1"), "connection_success")
    assert await socket.next() == {"type": "ack", "message_id": "1"}


async def test_a_fresh_token_is_answered_with_connection_success(
    connect: Connect, tutor: User
) -> None:
    socket = await connect(tutor)
    first = await socket.hears("connection_success")
    refresh = {"type": "connection", "action": "refresh", "token": tokens.issue(tutor)}
    second = await socket.ask(refresh, "connection_success")
    assert second["connection_id"] == first["connection_id"]


async def test_a_refresh_without_a_token_is_refused(connect: Connect, tutor: User) -> None:
    socket = await connect(tutor)
    message = {"type": "connection", "action": "refresh"}
    error = await socket.ask(message, "message_error", code="INVALID_MESSAGE")
    assert error["path"] == "$.token"


async def test_a_token_that_is_not_ones_own_closes_the_socket(
    connect: Connect, tutor: User, student: User, settings: Any
) -> None:
    foreign, wrong_use = tokens.issue(student), tokens.issue(tutor, "refresh")
    settings.ACCESS_TOKEN_LIFETIME = timedelta(seconds=-60)
    expired = tokens.issue(tutor)
    settings.ACCESS_TOKEN_LIFETIME = timedelta(minutes=15)
    for token in (foreign, wrong_use, expired, "nonsense"):
        socket = await connect(tutor)
        refresh = {"type": "connection", "action": "refresh", "token": token}
        await socket.ask(refresh, "connection_error", code="INVALID_CREDENTIALS")
        assert await socket.is_closed_with() == 4401


async def test_a_ping_is_answered_with_pong(connect: Connect, student: User, tutor: User) -> None:
    for person in (student, tutor):
        socket = await connect(person)
        pong = await socket.ask({"type": "ping"}, "pong")
        assert pong["timestamp"].endswith("Z")


async def test_a_message_with_an_id_is_acknowledged(connect: Connect, student: User) -> None:
    socket = await connect(student)
    await socket.hears("connection_success")
    for message_id in ("1", "x" * 64, "한글 <b>"):
        await socket.send(status("paused", message_id=message_id))
        assert await socket.next() == {"type": "ack", "message_id": message_id}


async def test_a_message_without_an_id_is_not(connect: Connect, student: User) -> None:
    socket = await connect(student)
    await socket.hears("connection_success")
    await socket.send(status("paused"))
    assert await socket.hears_nothing()


async def test_messages_of_one_socket_are_answered_in_order(
    connect: Connect, student: User
) -> None:
    socket = await connect(student)
    await socket.hears("connection_success")
    for number, word in enumerate(("studying", "finished", "paused", "idle", "finished")):
        await socket.send(status(word, message_id=str(number)))
    assert [(await socket.next())["message_id"] for _ in range(5)] == list("01234")
