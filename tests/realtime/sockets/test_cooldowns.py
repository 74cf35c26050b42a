"""Who was closed for too many messages is not let in again before the refusals are over."""

from collections.abc import Callable
from datetime import timedelta

from realtime.models import Cooldown
from realtime.per_process.process_state import this_process
from realtime.presence import cooldown_records
from speaktracker import db
from speaktracker.clock import now
from speaktracker.roster.models import User
from tests.realtime.conftest import Connect
from tests.socket_client import SocketClient

Limit = Callable[..., None]
PING = {"type": "ping"}


async def flooded(connect: Connect, user: User) -> SocketClient:
    """Open a socket and send until it says goodbye."""
    socket = await connect(user)
    for _ in range(5):
        await socket.send(PING)
    return socket


async def test_the_close_says_how_long_it_holds(
    limits: Limit, connect: Connect, student: User
) -> None:
    limits(user_messages_per_second=0.001, user_refusals_per_minute=3)
    socket = await flooded(connect, student)
    goodbye = await socket.hears("connection_error", code="RATE_LIMITED")
    assert 50_000 < goodbye["retry_after_ms"] <= 60_001
    assert await socket.is_closed_with() == 4013
    again = await connect(student)
    refused = await again.hears("connection_error", code="RATE_LIMITED")
    assert 50_000 < refused["retry_after_ms"] <= goodbye["retry_after_ms"]
    assert await again.is_closed_with() == 4013


async def test_other_users_come_in(
    limits: Limit, connect: Connect, student: User, other_student: User
) -> None:
    limits(user_messages_per_second=0.001, user_refusals_per_minute=3)
    assert await (await flooded(connect, student)).is_closed_with() == 4013
    await (await connect(other_student)).hears("connection_success")


async def test_what_another_process_recorded_holds_here(connect: Connect, student: User) -> None:
    await db.write(cooldown_records.begin, student.pk, 30)
    for _ in range(2):
        refused = await (await connect(student)).hears("connection_error", code="RATE_LIMITED")
        assert 20_000 < refused["retry_after_ms"] <= 30_001
    assert this_process().cooldowns.seconds_left(student.pk) > 20


async def test_a_cooldown_that_is_over_lets_in_and_is_purged(
    connect: Connect, student: User
) -> None:
    await Cooldown.objects.acreate(user=student, until=now() - timedelta(seconds=1))
    await (await connect(student)).hears("connection_success")
    await db.write(cooldown_records.purge)
    assert not await Cooldown.objects.aexists()


async def test_a_cooldown_holds_here_without_the_database(
    limits: Limit, connect: Connect, student: User, lose_database: Callable[[], None]
) -> None:
    limits(user_messages_per_second=0.001, user_refusals_per_minute=3)
    socket = await connect(student)
    await socket.hears("connection_success")
    lose_database()
    for _ in range(5):
        await socket.send(PING)
    assert await socket.is_closed_with() == 4013
    again = await connect(student)
    await again.hears("connection_error", code="RATE_LIMITED")


async def test_a_second_cooldown_replaces_the_first_and_a_deleted_user_has_none(
    student: User,
) -> None:
    for seconds in (10, 60):
        await db.write(cooldown_records.begin, student.pk, seconds)
    row = await Cooldown.objects.aget()
    assert cooldown_records.seconds_left(row.until) > 50
    await student.adelete()
    await db.write(cooldown_records.begin, student.pk, 60)
    assert not await Cooldown.objects.aexists()
