"""The works: who reports to how many dashboards, and how they are measured in turns."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any

from bench.children import Child
from bench.classes import FAN, HALL, LECTURE, SCHOOL
from bench.classroom import Classroom, Figures
from bench.systems import GRACE_SECONDS, Running

BATCH = "+batch"
# Idle servers still ping, check and poll.
CALM_SHARE = 0.25
CALM_SECONDS = 2.0
LOOK_SECONDS = 0.3
AFTERMATH_SECONDS = 20.0
Row = dict[str, Any]


@dataclass(frozen=True)
class Work:
    """Statuses of `tutor_of`'s students to `dashboards` of each tutor.

    `window` statuses of each student are under way as fast as it goes (0: not measured so);
    `rate` statuses a second come when latency is measured, fewer to a system that has a limit.
    """

    key: str
    title: str
    tutor_of: Mapping[str, str]
    dashboards: int
    window: int
    rate: float
    # Ours measured a second time with ?batch=1, and how many statuses are then under way.
    batch_window: int = 0


# A quick run has these only.
QUICK_WORKS = ("fan-1", "fan-10", "fan-100", "school", "hall-5")
WORKS = (
    Work("fan-1", "status → 1 dashboard", FAN, 1, 1, 200),
    Work("fan-10", "status → 10 dashboards", FAN, 10, 1, 100),
    Work("fan-100", "status → 100 dashboards", FAN, 100, 1, 20),
    Work("each-1", "1,000 status/s, one dashboard per tutor", SCHOOL, 1, 0, 1_000),
    Work("school", "school: 200 students, 20 tutors × 2", SCHOOL, 2, 2, 100),
    Work("hall-5", "hall: 200 students, 5 dashboards", HALL, 5, 2, 100, batch_window=8),
    Work("hall-40", "hall: 200 students, 40 dashboards", HALL, 40, 2, 20, batch_window=8),
)


async def calm(children: Sequence[Child], at_most: float = CALM_SECONDS) -> None:
    """Wait until the servers rest, so that no one's aftermath is another's burden."""
    deadline = time.monotonic() + at_most
    while time.monotonic() < deadline:
        before = sum(child.cpu_seconds for child in children)
        await asyncio.sleep(LOOK_SECONDS)
        if sum(child.cpu_seconds for child in children) - before < CALM_SHARE * LOOK_SECONDS:
            return


async def measure(
    work: Work, everyone: Sequence[Running], valkey: Child, rounds: int, seconds: float
) -> list[Row]:
    """Measure every system in turns, there and back again; returns a row for each figure."""
    rows: list[Row] = []
    children = [running.child for running in everyone]
    async with _opened(work, everyone, valkey) as rooms:
        for number in range(rounds):
            order = list(rooms.items())
            for name, room in order if number % 2 == 0 else reversed(order):
                batched = name.endswith(BATCH)
                if work.window:
                    await calm(children)
                    window = work.batch_window if batched else work.window
                    figures = await room.as_fast_as_it_goes(seconds, window)
                    rows.append(_row(work, "fast", name, number, figures))
                await calm(children)
                rate = min(work.rate, room.running.system.rate_at_most)
                figures = await room.at_rate(rate, seconds)
                row = _row(work, "rate", name, number, figures)
                rows.append({**row, "rate": rate})
    return rows


@asynccontextmanager
async def _opened(
    work: Work, everyone: Sequence[Running], valkey: Child
) -> AsyncIterator[dict[str, Classroom]]:
    rooms: dict[str, Classroom] = {}
    try:
        for running in everyone:
            name = running.system.key
            rooms[name] = Classroom(running, valkey, work.tutor_of, work.dashboards)
            if running.system.is_ours and work.batch_window:
                batched = Classroom(running, valkey, LECTURE, work.dashboards, batch=True)
                rooms[f"{name}{BATCH}"] = batched
        for room in rooms.values():
            await room.open()
        await calm([running.child for running in everyone], AFTERMATH_SECONDS)
        yield rooms
    finally:
        for name, room in rooms.items():
            room.close()
            if room.closed_unasked:
                print(f"  {name}: {room.closed_unasked} sockets were closed by the server")
        await settled(everyone)


async def settled(everyone: Sequence[Running]) -> None:
    """Let the servers deal with everybody who has just left."""
    await asyncio.sleep(GRACE_SECONDS + 1)
    await calm([running.child for running in everyone], AFTERMATH_SECONDS)


def _row(work: Work, how: str, system: str, number: int, figures: Figures) -> Row:
    return {"work": work.key, "how": how, "system": system, "round": number, **asdict(figures)}
