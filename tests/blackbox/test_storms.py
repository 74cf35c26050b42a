"""Whatever students do, joins and leaves alternate at every dashboard, and versions only grow."""

import asyncio
import random

import pytest

from tests.blackbox.classroom import Classroom, Pair
from tests.blackbox.sockets import Socket

ENVIRONMENT = {
    "REJOIN_GRACE_SECONDS": "0.2",
    "USER_MESSAGES_PER_SECOND": "1000",
    "DASHBOARD_CHECK_SECONDS": "2",
}
pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("blackbox-outage")]

STEPS = 60


async def _wanders(room: Classroom, email: str, chance: random.Random) -> None:
    tabs: list[Socket] = []
    for step in range(STEPS):
        deed = chance.choice(("come", "go", "status", "status", "finished", "pause"))
        if deed == "come" and len(tabs) < 3:
            tabs.append(await room.enters(email))
        elif deed == "pause":
            await asyncio.sleep(chance.uniform(0, 0.5))  # about the grace, so that both happen
        elif tabs and deed == "go":
            await tabs.pop(chance.randrange(len(tabs))).close()
        elif tabs and deed in ("status", "finished"):
            status = "finished" if deed == "finished" else chance.choice(("studying", "idle"))
            await chance.choice(tabs).reports(status, progress=step)
    for tab in tabs:
        await tab.close()


def _holds(tutor: Socket, student: str) -> None:
    edges = tutor.edges(student)
    assert edges == ["student_joined", "student_left"] * (len(edges) // 2), edges
    versions = [
        m["data"]["version"]
        for m in tutor.heard
        if m["type"] == "dashboard" and m["data"].get("student_email") == student
    ]
    assert versions == sorted(set(versions))


@pytest.mark.parametrize("seed", range(3))
async def test_edges_alternate_and_versions_grow(room: Classroom, pair: Pair, seed: int) -> None:
    first, second = await room.enters(pair.tutor), await room.enters(pair.tutor)
    students = (pair.student, pair.second)
    await asyncio.gather(
        *(_wanders(room, email, random.Random(f"{seed} {email}")) for email in students)
    )
    for tutor in (first, second):
        await tutor.hears_meanwhile()
        async with asyncio.timeout(40):
            while not _all_gone(tutor, students):
                await tutor.next()
        await tutor.hears_meanwhile()
        for email in students:
            _holds(tutor, email)


def _all_gone(tutor: Socket, students: tuple[str, ...]) -> bool:
    latest = dict.fromkeys(students, False)
    for message in tutor.heard:
        data = message.get("data", {})
        if data.get("student_email") in latest:
            latest[data["student_email"]] = data["online"]
    return not any(latest.values())
