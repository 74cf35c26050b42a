"""A server that dies and comes back, and one that is stopped."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.blackbox.classroom import Classroom, Pair

ENVIRONMENT: dict[str, str] = {}
pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("blackbox-presence")]

COUNT = "from realtime.models import Connection; print(Connection.objects.count())"
# Those whom another test has just closed may still be on their way out.
COUNT_OF = COUNT.replace("count", "filter(user_email__in={people}).count")


@pytest.fixture(autouse=True)
async def running(room: Classroom) -> AsyncIterator[None]:
    """Leave a running server to the next test."""
    yield
    if not room.server.is_running:
        await asyncio.to_thread(room.server.serve)


async def test_a_crash_leaves_no_records_and_no_ghosts(room: Classroom, pair: Pair) -> None:
    tutor, student = await room.enters(pair.tutor), await room.enters(pair.student)
    await student.reports("studying")
    room.server.kill()
    assert await tutor.is_closed_with() == 1006
    people = [pair.tutor, pair.student]
    assert room.site.shell(COUNT_OF.format(people=people)) == "2"
    await asyncio.to_thread(room.server.serve)
    tutor = await room.enters(pair.tutor)
    (shown,) = (
        s for s in tutor.heard[-1]["data"]["students"] if s["student_email"] == pair.student
    )
    if shown["online"]:
        await tutor.hears("dashboard", action="student_left", student_email=pair.student)
    assert room.site.shell(COUNT) == "1"


async def test_feedback_that_waited_arrives_after_a_crash(room: Classroom, pair: Pair) -> None:
    for text in ("one", "two"):
        assert (await room.gives(pair, text)).status_code == 202
    room.server.kill()
    await asyncio.to_thread(room.server.serve)
    assert (await room.gives(pair, "three")).status_code == 202
    student = await room.enters(pair.student)
    await student.hears("feedback", message="three")
    assert student.feedback() == ["one", "two", "three"]


async def test_an_unacknowledged_message_arrives_again_after_a_crash(
    room: Classroom, pair: Pair
) -> None:
    student = await room.enters(pair.student, acks="1")
    assert (await room.gives(pair, "one")).status_code == 201
    frame = await student.hears("feedback")
    room.server.kill()
    await asyncio.to_thread(room.server.serve)
    again = await room.enters(pair.student, acks="1")
    assert await again.hears("feedback") == frame


async def test_a_stop_closes_with_1012_and_a_quick_return_is_no_edge(
    room: Classroom, pair: Pair
) -> None:
    tutor, student = await room.enters(pair.tutor), await room.enters(pair.student)
    await student.reports("studying", progress=50)
    stopping = asyncio.create_task(asyncio.to_thread(room.server.stop))
    assert [await tutor.is_closed_with(), await student.is_closed_with()] == [1012, 1012]
    await stopping
    assert room.site.shell(COUNT) == "0"
    assert tutor.edges(pair.student) == ["student_joined"]
    await asyncio.to_thread(room.server.serve)
    await room.enters(pair.student)
    again = await room.enters(pair.tutor)
    (shown,) = (
        s for s in again.heard[-1]["data"]["students"] if s["student_email"] == pair.student
    )
    assert shown["online"]
