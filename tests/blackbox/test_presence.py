"""Who is in class: tabs, leaves after the grace, clients that die."""

import asyncio
import signal
import sys

import pytest

from tests.blackbox.classroom import Classroom, Pair

ENVIRONMENT = {"REJOIN_GRACE_SECONDS": "3"}
pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("blackbox-presence")]

JOIN, LEAVE = "student_joined", "student_left"


async def test_coming_and_going_are_a_join_and_a_leave(room: Classroom, pair: Pair) -> None:
    tutor = await room.enters(pair.tutor)
    student = await room.enters(pair.student)
    joined = await tutor.hears("dashboard", action=JOIN)
    assert (joined["data"]["status"], joined["data"]["online"]) == ("idle", True)
    await student.reports("studying", progress=45)
    await student.close()
    left = (await tutor.hears("dashboard", action=LEAVE))["data"]
    assert (left["reason"], left["online"]) == ("disconnected", False)
    assert (left["status"], left["progress"]) == ("studying", 45)


async def test_after_a_leave_the_next_connect_shows_idle(room: Classroom, pair: Pair) -> None:
    tutor = await room.enters(pair.tutor)
    student = await room.enters(pair.student)
    await student.reports("paused", progress=45, current_sentence="Old", session_id="old")
    await student.close()
    await tutor.hears("dashboard", action=LEAVE)
    await room.enters(pair.student)
    joined = (await tutor.hears("dashboard", action=JOIN, status="idle"))["data"]
    assert (joined["progress"], joined["current_sentence"]) == (0, "")


async def test_two_tabs_are_one_student(room: Classroom, pair: Pair) -> None:
    tutor = await room.enters(pair.tutor)
    tabs = [await room.enters(pair.student) for _ in range(2)]
    await tabs[0].reports("studying", progress=1)
    await tabs[1].reports("paused", progress=2)
    await tutor.hears("dashboard", action="update", status="paused")
    await tabs[1].close()
    await tabs[0].reports("studying", progress=3)
    shown = (await tutor.hears("dashboard", action="update", progress=3))["data"]
    assert shown["online"]
    await tabs[0].close()
    await tutor.hears("dashboard", action=LEAVE)
    assert tutor.edges(pair.student) == [JOIN, LEAVE]


async def test_either_tab_finishes_for_both(room: Classroom, pair: Pair) -> None:
    tutor = await room.enters(pair.tutor)
    tabs = [await room.enters(pair.student) for _ in range(2)]
    await tabs[0].reports("finished")
    await tutor.hears("dashboard", action=LEAVE, reason="finished")
    await tabs[1].reports("studying")
    await tutor.hears("dashboard", action=JOIN, status="studying")
    await tutor.hears_meanwhile()
    assert tutor.edges(pair.student) == [JOIN, LEAVE, JOIN]


async def test_a_finished_student_who_is_gone_joins_anew(room: Classroom, pair: Pair) -> None:
    tutor = await room.enters(pair.tutor)
    student = await room.enters(pair.student)
    await student.reports("finished", progress=100)
    await student.close()
    await tutor.hears("dashboard", action="update", online=False, status="finished")
    await room.enters(pair.student)
    await tutor.hears("dashboard", action=JOIN, status="idle", progress=0)
    assert tutor.edges(pair.student) == [JOIN, LEAVE, JOIN]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_client_that_dies_or_sleeps_has_left(
    room: Classroom, pair: Pair, how: signal.Signals
) -> None:
    tutor = await room.enters(pair.tutor)
    client = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.blackbox.lone_client",
        f"{room.server.ws_url}",
        room.site.tokens[pair.student],
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        await tutor.hears("dashboard", action=JOIN, student_email=pair.student)
        client.send_signal(how)
        await tutor.hears("dashboard", action=LEAVE, reason="disconnected")
    finally:
        if client.returncode is None:
            client.kill()
        await client.communicate()
    assert tutor.edges(pair.student) == [JOIN, LEAVE]


async def test_a_dashboard_that_opens_late_sees_who_is_there(room: Classroom, pair: Pair) -> None:
    student = await room.enters(pair.student)
    tutor = await room.enters(pair.tutor)
    online = {s["student_email"]: s["online"] for s in tutor.heard[-1]["data"]["students"]}
    assert online == {pair.student: True, pair.second: False}
    await student.close()
    await tutor.hears("dashboard", action=LEAVE, student_email=pair.student)
