"""SPEC.md section 2.4: how long a socket lives: idle, 24 hours, as long as its token."""

import time
from dataclasses import replace
from datetime import UTC, datetime

from realtime import overdue_sockets
from speaktracker.auth import tokens
from speaktracker.clock import wire
from speaktracker.roster.models import User
from tests.realtime.conftest import Connect
from tests.realtime.inside import the_socket
from tests.realtime.messages import status
from tests.socket_client import SocketClient

PING = {"type": "ping"}


def token_end(person: User) -> float:
    return the_socket(person).credentials.expires_at or 0


def let_token_end(person: User, seconds: float) -> None:
    """Have the token of a person's socket end so many seconds from now."""
    socket = the_socket(person)
    socket.credentials = replace(socket.credentials, expires_at=time.time() + seconds)
    socket.overdue_at = 0.0


async def test_half_an_hour_of_silence_ends_a_socket(connect: Connect, student: User) -> None:
    socket = await connect(student)
    await socket.hears("connection_success")
    the_socket(student).write_queue.active_at -= 30 * 60 + 1
    the_socket(student).overdue_at = 0.0
    timeout = await socket.hears("timeout")
    assert timeout == {
        "type": "timeout",
        "code": "IDLE_TIMEOUT",
        "message": "연결이 30분 동안 활동이 없어 종료되었습니다",
        "timestamp": timeout["timestamp"],
    }
    assert await socket.is_closed_with() == 4015


async def test_pings_are_no_activity(connect: Connect, student: User) -> None:
    socket = await connect(student)
    await socket.hears("connection_success")
    silent_since = the_socket(student).write_queue.active_at
    await socket.ask(PING, "pong")
    await socket.ask({**PING, "message_id": "1"}, "ack")
    assert the_socket(student).write_queue.active_at == silent_since


async def test_a_quiet_socket_is_looked_at_when_its_time_may_be_over(
    connect: Connect, student: User
) -> None:
    socket = await connect(student)
    await socket.hears("connection_success")
    await overdue_sockets.close_overdue()
    found, before = the_socket(student), time.monotonic()
    assert before < found.overdue_at <= before + overdue_sockets.LONGEST_LOOK_AWAY_SECONDS
    let_token_end(student, 20)
    await overdue_sockets.close_overdue()
    assert found.overdue_at <= time.monotonic() + 20


async def test_a_message_either_way_is_activity(
    dashboard: SocketClient, practice: SocketClient, student: User, tutor: User
) -> None:
    for person in (student, tutor):
        the_socket(person).write_queue.active_at -= 1000
    before = time.monotonic()
    await practice.ask(status("paused", message_id="1"), "ack")
    await dashboard.sees("update")
    assert the_socket(student).write_queue.active_at >= before
    assert the_socket(tutor).write_queue.active_at >= before


async def test_a_connection_ends_after_24_hours(connect: Connect, student: User) -> None:
    socket = await connect(student)
    await socket.hears("connection_success")
    the_socket(student).opened_at -= 24 * 60 * 60 + 1
    the_socket(student).overdue_at = 0.0
    assert await socket.is_closed_with() == 4009


async def test_a_token_that_runs_out_is_told_once_and_ends_the_socket_25_seconds_later(
    connect: Connect, student: User
) -> None:
    socket = await connect(student)
    await socket.hears("connection_success")
    assert abs(token_end(student) - time.time() - 15 * 60) < 60
    let_token_end(student, -1)
    told = await socket.hears("token_expired")
    closes_at = datetime.fromtimestamp(token_end(student) + 25, UTC)
    assert told == {**told, "closes_at": wire(closes_at)}
    await overdue_sockets.close_overdue()
    await socket.send(PING)
    assert (await socket.next())["type"] == "pong"
    let_token_end(student, -25)
    assert await socket.is_closed_with() == 4005


async def test_a_fresh_token_keeps_a_connection(connect: Connect, student: User) -> None:
    socket = await connect(student)
    await socket.hears("connection_success")
    let_token_end(student, -20)
    await socket.hears("token_expired")
    refresh = {"type": "connection", "action": "refresh", "token": tokens.issue(student)}
    await socket.ask(refresh, "connection_success")
    assert token_end(student) > time.time() + 600
    await overdue_sockets.close_overdue()
    await socket.ask(PING, "pong")
