"""SPEC.md section 2.4: every row of the table of limits."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.core.exceptions import ImproperlyConfigured

from realtime.sockets.allowances import UserAllowance
from speaktracker.limit_settings import Limits, limits_from_environment
from speaktracker.roster.models import User
from tests.realtime.conftest import Connect
from tests.realtime.giving import give
from tests.realtime.inside import the_socket
from tests.realtime.messages import feedback, status
from tests.socket_client import SocketClient

ON_EVERY_SERVER = True

Limit = Callable[..., None]
PING = {"type": "ping"}


def sized(octets: int) -> str:
    """Write a ping of exactly so many bytes, with an id."""
    return '{"type":"ping","message_id":"sized"'.ljust(octets - 1) + "}"


async def test_a_message_of_5120_bytes_passes_and_a_larger_one_does_not(
    connect: Connect, student: User
) -> None:
    socket = await connect(student)
    await socket.ask(sized(5120), "ack", message_id="sized")
    error = await socket.ask(sized(5121), "message_error", code="MESSAGE_TOO_LARGE")
    assert error["original_message_id"] == "sized"
    await socket.ask(PING, "pong")


async def test_a_message_is_measured_in_bytes_of_utf_8(connect: Connect, student: User) -> None:
    socket = await connect(student)
    small = status(current_sentence="가" * 1000, timestamp="가" * 64)
    assert len(str(small)) < 5120
    await socket.ask({**small, "message_id": "1"}, "ack")
    large = {**small, "session_id": "가" * 128, "user_email": "가" * 600}
    assert len(str(large)) < 5120
    await socket.ask(large, "message_error", code="MESSAGE_TOO_LARGE")


async def test_a_large_frame_that_is_no_message_is_too_large_too(
    no_rate_limit: None, connect: Connect, student: User
) -> None:
    socket = await connect(student)
    for frame in ("x" * 5121, b"\xff" * 5121, "[" * 100_000):
        await socket.ask(frame, "message_error", code="MESSAGE_TOO_LARGE")
    await socket.ask(PING, "pong")


async def test_a_user_sends_ten_messages_a_second() -> None:
    now = [0.0]
    allowance = UserAllowance(lambda: now[0])
    assert _passes(allowance, 20) == 10
    now[0] += 0.99
    assert _passes(allowance, 20) == 0
    now[0] += 60
    assert _passes(allowance, 20) == 10


def _passes(allowance: UserAllowance, attempts: int) -> int:
    return sum(allowance.take() == 0 for _ in range(attempts))


async def test_a_message_too_many_is_refused_and_may_be_sent_again(
    limits: Limit, connect: Connect, student: User
) -> None:
    limits(user_messages_per_second=0.02)
    socket = await connect(student)
    await socket.ask(PING, "pong")
    error = await socket.ask({**PING, "message_id": "1"}, "message_error", code="RATE_LIMITED")
    assert error["original_message_id"] == "1"
    assert 0 < error["retry_after_ms"] <= 50_001


async def test_all_sockets_of_a_user_share_one_allowance(
    limits: Limit, connect: Connect, student: User, tutor: User
) -> None:
    limits(user_messages_per_second=0.001)
    first, second, other = await connect(student), await connect(student), await connect(tutor)
    await first.ask(PING, "pong")
    await second.ask(PING, "message_error", code="RATE_LIMITED")
    await other.ask(PING, "pong")


async def test_what_is_no_message_counts_as_one(
    limits: Limit, connect: Connect, student: User
) -> None:
    limits(user_messages_per_second=0.001)
    socket = await connect(student)
    await socket.ask("{", "message_error", code="INVALID_MESSAGE")
    await socket.ask("{", "message_error", code="RATE_LIMITED")


async def test_a_hundred_refusals_within_a_minute_close_the_socket(
    limits: Limit, connect: Connect, student: User
) -> None:
    limits(user_messages_per_second=0.001)
    socket = await connect(student)
    await socket.ask(PING, "pong")
    for _ in range(100):
        await socket.ask(PING, "message_error", code="RATE_LIMITED")
    assert await socket.is_closed_with() == 4013


async def test_refusals_that_are_spread_out_close_nothing() -> None:
    now = [0.0]
    allowance = UserAllowance(lambda: now[0])
    for _ in range(300):
        now[0] += 0.7
        assert not allowance.count_refusal()


async def test_other_refusals_are_no_abuse(
    limits: Limit, no_rate_limit: None, connect: Connect, student: User
) -> None:
    limits(user_refusals_per_minute=3)
    socket = await connect(student)
    for bad in ("{", {"type": "dance"}, {"type": "feedback"}, sized(6000), {"type": "status"}):
        await socket.ask(bad, "message_error")
    await socket.ask(PING, "pong")


async def test_an_acknowledgement_of_what_was_sent_counts_against_nothing(
    dashboard: SocketClient, practice: SocketClient, student: User
) -> None:
    await give(dashboard, feedback(student))
    message_id = (await practice.hears("feedback"))["message_id"]
    the_socket(student).allowance.take = lambda: 60.0  # nothing is left of it
    ack = {"type": "feedback_ack", "message_id": message_id}
    for state in ("delivered", "seen", "played"):
        await practice.ask({**ack, "state": state}, "ack", message_id=message_id)
    await practice.ask({**ack, "state": "played"}, "message_error", code="RATE_LIMITED")


async def test_the_bytes_of_a_connection_are_limited(
    limits: Limit, connect: Connect, student: User
) -> None:
    limits(connection_bytes_per_minute=5000)
    socket, other = await connect(student), await connect(student)
    await socket.ask(sized(4000), "ack")
    error = await socket.ask(sized(4000), "message_error", code="RATE_LIMITED")
    assert (error["original_message_id"], error["retry_after_ms"] > 10_000) == ("sized", True)
    await other.ask(sized(4000), "ack")


async def test_bytes_that_were_refused_are_abuse_as_well(
    limits: Limit, connect: Connect, student: User
) -> None:
    limits(connection_bytes_per_minute=300, user_refusals_per_minute=3, user_messages_per_second=99)
    socket = await connect(student)
    await socket.ask(sized(250), "ack")
    for _ in range(3):
        await socket.ask(sized(250), "message_error", code="RATE_LIMITED")
    assert await socket.is_closed_with() == 4013


async def test_the_newest_socket_beyond_ten_is_refused(
    connect: Connect, student: User, tutor: User
) -> None:
    sockets = [await connect(student) for _ in range(10)]
    for socket in sockets:
        await socket.hears("connection_success")
    newest = await connect(student)
    await newest.hears("connection_error", code="TOO_MANY_CONNECTIONS")
    assert await newest.is_closed_with() == 4010
    await sockets[0].ask(PING, "pong")
    await (await connect(tutor)).hears("connection_success")


async def test_a_closed_socket_makes_room(limits: Limit, connect: Connect, tutor: User) -> None:
    limits(user_sockets=1)
    first = await connect(tutor)
    await first.hears("connection_success")
    await first.close()
    await (await connect(tutor)).hears("connection_success")


async def test_a_tutors_sockets_are_limited_too(
    limits: Limit, connect: Connect, tutor: User
) -> None:
    limits(user_sockets=1)
    await (await connect(tutor)).hears("connection_success")
    assert await (await connect(tutor)).is_closed_with() == 4010


async def test_a_socket_that_was_told_off_takes_nothing_more(
    practice: SocketClient, dashboard: SocketClient, student: User
) -> None:
    hello = {"type": "connection", "action": "connect", "user_email": "x@example.com"}
    await practice.send({**hello, "user_type": "student"})
    await practice.send(status("paused"))
    assert await practice.is_closed_with() == 4401
    assert await dashboard.hears_nothing()


@pytest.mark.parametrize("name", Limits.__slots__)
def test_every_limit_is_a_setting(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name.upper(), "7")
    assert limits_from_environment() == replace(Limits(), **{name: 7})
    monkeypatch.setenv(name.upper(), "many")
    with pytest.raises(ImproperlyConfigured, match=name.upper()):
        limits_from_environment()


def test_the_limits_are_those_of_the_contract() -> None:
    limits = Limits()
    assert (limits.client_message_bytes, limits.connection_bytes_per_minute) == (5120, 100 * 1024)
    assert (limits.user_messages_per_second, limits.user_refusals_per_minute) == (10, 100)
    assert (limits.idle_timeout_seconds, limits.connection_age_seconds) == (1800, 86400)
    assert (limits.user_sockets, limits.user_rest_calls_per_minute) == (10, 120)
