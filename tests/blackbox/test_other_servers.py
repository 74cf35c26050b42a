"""The main job under stock daphne and uvicorn: nothing depends on our own server."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.blackbox.classroom import Classroom, Pair, Site

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("blackbox-staff")]

APPLICATION = "speaktracker.asgi:application"
COMMANDS = {
    "daphne": ["-m", "daphne", "-b", "127.0.0.1", "-p", "{port}", APPLICATION],
    "uvicorn": ["-m", "uvicorn", "--host", "127.0.0.1", "--port", "{port}", APPLICATION],
}


@pytest.fixture(scope="module", params=sorted(COMMANDS))
def site(
    request: pytest.FixtureRequest, seeded: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """Serve by another server's own command."""
    other = Site(seeded, tmp_path_factory.mktemp("site"), {"REJOIN_GRACE_SECONDS": "2"})
    port = str(other.server.port)
    other.server.serve(sys.executable, *(a.format(port=port) for a in COMMANDS[request.param]))
    yield other
    other.server.stop()


async def test_practice_reaches_the_tutor_and_feedback_comes_back(
    room: Classroom, pair: Pair
) -> None:
    tutor, student = await room.enters(pair.tutor), await room.enters(pair.student)
    await tutor.hears("dashboard", action="student_joined", student_email=pair.student)
    await student.reports("studying", progress=45, current_sentence="Hello")
    await tutor.hears("dashboard", action="update", progress=45)
    assert (await room.gives(pair, "발음이 좋아졌어요")).status_code == 201
    await student.hears("feedback", message="발음이 좋아졌어요")
    await student.close()
    await tutor.hears("dashboard", action="student_left", reason="disconnected")
    assert (await room.gives(pair, "Later")).status_code == 202
    again = await room.enters(pair.student)
    await again.hears("feedback", message="Later")


async def test_refusals_and_bad_frames_are_answered(room: Classroom, pair: Pair) -> None:
    nobody = await room.opens(path="/ws")
    assert await nobody.is_closed_with() == 4401
    assert nobody.heard[0]["code"] == "INVALID_CREDENTIALS"
    student = await room.enters(pair.student)
    for frame in ("", "{", b"\xff", "x" * 6000):
        await student.connection.send(frame)
        await student.hears("message_error")
    await student.reports("studying")


async def test_a_subprotocol_token_is_taken(room: Classroom, pair: Pair) -> None:
    token = room.site.tokens[pair.student]
    socket = await room.opens(subprotocols=["speaktracker.v1", f"bearer.{token}"])
    await socket.hears("connection_success")
    assert socket.connection.subprotocol == "speaktracker.v1"


async def test_many_connect_at_once(room: Classroom) -> None:
    pairs = [room.site.pair() for _ in range(10)]
    sockets = await asyncio.gather(*(room.enters(pair.student) for pair in pairs))
    assert len({socket.heard[0]["connection_id"] for socket in sockets}) == 10
