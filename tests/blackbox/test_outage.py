"""The database does not take writes for a while: nothing is half done, and all is well after."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.blackbox.classroom import Classroom, Pair

ENVIRONMENT = {"REJOIN_GRACE_SECONDS": "2"}
pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("blackbox-outage")]


@asynccontextmanager
async def locked(room: Classroom) -> AsyncIterator[None]:
    """Hold the database's only write lock, as a stuck process would."""
    database = sqlite3.connect(
        room.server.log.with_name("db.sqlite3"), timeout=30, check_same_thread=False
    )
    try:
        await asyncio.to_thread(database.execute, "BEGIN IMMEDIATE")
        yield
    finally:
        database.rollback()
        database.close()


async def test_feedback_that_cannot_be_stored_is_503_and_pushes_nothing(
    room: Classroom, pair: Pair
) -> None:
    student = await room.enters(pair.student)
    async with locked(room):
        answer = await room.gives(pair, "Lost")
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.json()["code"] == "UNAVAILABLE"
    assert (await room.gives(pair, "Kept")).status_code == 201
    await student.hears("feedback", message="Kept")
    await student.hears_meanwhile()
    assert student.feedback() == ["Kept"]
    listed = (await room.http(pair.tutor).get("/api/tutor/feedback")).json()["results"]
    assert [row["message"] for row in listed] == ["Kept"]


async def test_feedback_over_the_socket_is_unavailable(room: Classroom, pair: Pair) -> None:
    tutor, student = await room.enters(pair.tutor), await room.enters(pair.student)
    given = {"student_email": pair.student, "session_id": "s", "message_type": "text"}
    async with locked(room):
        assert (await tutor.refused("feedback", message="Lost", **given))["code"] == "UNAVAILABLE"
    assert (await tutor.ask("feedback", message="Kept", **given))["type"] == "ack"
    await student.hears("feedback", message="Kept")
    assert student.feedback() == ["Kept"]


async def test_a_connect_is_told_to_come_back_and_practice_goes_on(
    room: Classroom, pair: Pair
) -> None:
    tutor, student = await room.enters(pair.tutor), await room.enters(pair.student)
    async with locked(room):
        late = await room.knocks(pair.second)
        await student.reports("studying", progress=31)
        await tutor.hears("dashboard", action="update", progress=31)
        assert await late.is_closed_with() == 4011
        assert [m.get("code") for m in late.heard] == ["UNAVAILABLE"]
    second = await room.enters(pair.second)
    await tutor.hears("dashboard", action="student_joined", student_email=pair.second)
    await second.reports("paused", progress=5)
    await tutor.hears("dashboard", action="update", progress=5)
    assert tutor.edges(pair.student) == ["student_joined"]
    assert tutor.edges(pair.second) == ["student_joined"]


async def test_a_student_who_goes_meanwhile_has_left_afterwards(
    room: Classroom, pair: Pair
) -> None:
    tutor, student = await room.enters(pair.tutor), await room.enters(pair.student)
    async with locked(room):
        await student.close()
        await tutor.hears_meanwhile()
    await tutor.hears("dashboard", action="student_left", reason="disconnected")
    assert tutor.edges(pair.student) == ["student_joined", "student_left"]
