"""Reloads, by a server with the grace of a deployment: three seconds are too few beside others."""

import pytest

from tests.blackbox.classroom import Classroom, Pair

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("blackbox-messages")]

JOIN, LEAVE = "student_joined", "student_left"


async def test_a_reload_is_no_edge_and_forgets_nothing(room: Classroom, pair: Pair) -> None:
    tutor = await room.enters(pair.tutor)
    student = await room.enters(pair.student)
    await student.reports("studying", progress=12)
    for _ in range(3):
        await student.close()
        student = await room.enters(pair.student)
    snapshot = (await room.enters(pair.tutor)).heard[-1]["data"]["students"]
    (shown,) = (s for s in snapshot if s["student_email"] == pair.student)
    assert (shown["status"], shown["progress"], shown["online"]) == ("studying", 12, True)
    await student.reports("studying", progress=13)
    await tutor.hears("dashboard", action="update", progress=13)
    assert tutor.edges(pair.student) == [JOIN]


async def test_a_reload_of_a_finished_student_is_no_edge(room: Classroom, pair: Pair) -> None:
    tutor = await room.enters(pair.tutor)
    student = await room.enters(pair.student)
    await student.reports("finished", progress=100)
    await student.close()
    again = await room.enters(pair.student)
    await again.hears_meanwhile()
    await tutor.hears_meanwhile()
    assert tutor.edges(pair.student) == [JOIN, LEAVE]
    await again.reports("studying")
    await tutor.hears("dashboard", action=JOIN)
