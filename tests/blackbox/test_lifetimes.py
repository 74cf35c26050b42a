"""How long a socket may live: silence, age, and its token."""

import asyncio
import time

import jwt
import pytest
from django.conf import settings

from speaktracker.auth import tokens
from tests.blackbox.classroom import Classroom, Pair
from tests.blackbox.sockets import Socket

ENVIRONMENT = {
    "IDLE_TIMEOUT_SECONDS": "6",
    "CONNECTION_AGE_SECONDS": "15",
    "TOKEN_GRACE_SECONDS": "2",
}
pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("blackbox-limits")]

STATUS = {"type": "status", "status": "studying", "session_id": "s1"}


async def _keeps_talking(socket: Socket, **message: str) -> None:
    while True:
        await socket.send(**message)
        await asyncio.sleep(1)


async def _ends(socket: Socket, **message: str) -> int:
    talking = asyncio.create_task(_keeps_talking(socket, **message))
    try:
        return await socket.is_closed_with()
    finally:
        talking.cancel()
        await asyncio.gather(talking, return_exceptions=True)


def _short_token(room: Classroom, email: str) -> str:
    """Sign a token of a person anew, to end soon, but not before its sockets are open."""
    claims = jwt.decode(room.site.tokens[email], options={"verify_signature": False})
    key = tokens._key(settings.SECRET_KEY)  # the server's too, which has the settings of the tests
    return jwt.encode({**claims, "exp": int(time.time()) + 8}, key, algorithm="HS256")


async def test_silence_ends_a_socket_and_pings_are_silence(room: Classroom, pair: Pair) -> None:
    tutor, student = await room.enters(pair.tutor), await room.enters(pair.second, lang="en")
    codes = await asyncio.gather(_ends(tutor, type="ping"), student.is_closed_with())
    assert [*codes] == [4015, 4015]
    timeout = [m for m in tutor.heard if m["type"] != "pong"][-1]
    english = student.heard[-1]
    assert (timeout["type"], timeout["code"]) == ("timeout", "IDLE_TIMEOUT")
    assert "활동이 없어 종료되었습니다" in timeout["message"]
    assert english["message"].isascii()


async def test_a_socket_ends_at_its_age_however_busy(room: Classroom, pair: Pair) -> None:
    student = await room.enters(pair.student)
    assert await _ends(student, **STATUS) == 4009


async def test_a_socket_ends_with_its_token_unless_it_gets_a_fresh_one(
    room: Classroom, pair: Pair
) -> None:
    short = {"token": _short_token(room, pair.student)}
    ending, living = await room.opens(query=short), await room.opens(query=short)
    await ending.hears("connection_success")
    await living.hears("connection_success")
    fresh = room.site.tokens[pair.student]
    assert (await living.ask("connection", action="refresh", token=fresh))["type"] == "ack"
    talking = asyncio.create_task(_keeps_talking(living, **STATUS))
    assert await _ends(ending, **STATUS) == 4005
    assert "token_expired" in {message["type"] for message in ending.heard}
    talking.cancel()
    await asyncio.gather(talking, return_exceptions=True)
    assert (await living.ask("ping"))["type"] == "ack"
