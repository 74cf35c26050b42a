"""The works with statuses: who reports to how many dashboards, measured in turns."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass

from bench.rosters import FAN, HALL, LECTURE, SCHOOL
from bench.systems.system import Running
from bench.works.figures import Figures
from bench.works.measured_classroom import MeasuredClassroom
from bench.works.turns import AFTERMATH_SECONDS, Row, calm, in_turns, settled

BATCH = "+batch"


@dataclass(frozen=True)
class StatusWork:
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
    # Our product measured a second time with ?batch=1, and how many statuses are then under way.
    batch_window: int = 0


# A quick run has these only.
QUICK_WORKS = ("fan-1", "fan-10", "fan-100", "school", "hall-5")
STATUS_WORKS = (
    StatusWork("fan-1", "status → 1 dashboard", FAN, 1, 1, 200),
    StatusWork("fan-10", "status → 10 dashboards", FAN, 10, 1, 100),
    StatusWork("fan-100", "status → 100 dashboards", FAN, 100, 1, 20),
    StatusWork("each-1", "1,000 status/s, one dashboard per tutor", SCHOOL, 1, 0, 1_000),
    StatusWork("school", "school: 200 students, 20 tutors × 2", SCHOOL, 2, 2, 100),
    StatusWork("hall-5", "hall: 200 students, 5 dashboards", HALL, 5, 2, 100, batch_window=8),
    StatusWork("hall-40", "hall: 200 students, 40 dashboards", HALL, 40, 2, 20, batch_window=8),
)


async def measure(
    work: StatusWork, everyone: Sequence[Running], rounds: int, seconds: float
) -> list[Row]:
    """Measure every system in turns, there and back again; returns a row for each figure."""
    rows: list[Row] = []
    servers = [running.server for running in everyone]
    async with _connected(work, everyone) as classrooms:
        for number in range(rounds):
            for name, classroom in in_turns(list(classrooms.items()), number):
                if work.window:
                    await calm(servers)
                    window = work.batch_window if name.endswith(BATCH) else work.window
                    figures = await classroom.as_fast_as_it_goes(seconds, window)
                    rows.append(_row(work, "fast", name, number, figures))
                await calm(servers)
                rate = min(work.rate, classroom.running.system.rate_at_most)
                figures = await classroom.at_rate(rate, seconds)
                rows.append({**_row(work, "rate", name, number, figures), "rate": rate})
    return rows


@asynccontextmanager
async def _connected(
    work: StatusWork, everyone: Sequence[Running]
) -> AsyncIterator[dict[str, MeasuredClassroom]]:
    classrooms: dict[str, MeasuredClassroom] = {}
    try:
        for running in everyone:
            name = running.system.key
            classrooms[name] = MeasuredClassroom(running, work.tutor_of, work.dashboards)
            if running.system.is_product and work.batch_window:
                batched = MeasuredClassroom(running, LECTURE, work.dashboards, batch=True)
                classrooms[f"{name}{BATCH}"] = batched
        for classroom in classrooms.values():
            await classroom.connect()
        await calm([running.server for running in everyone], AFTERMATH_SECONDS)
        yield classrooms
    finally:
        for name, classroom in classrooms.items():
            classroom.close()
            if classroom.closed_unasked:
                print(f"  {name}: {classroom.closed_unasked} sockets were closed by the server")
        await settled(everyone)


def _row(work: StatusWork, how: str, system: str, number: int, figures: Figures) -> Row:
    return {"work": work.key, "how": how, "system": system, "round": number, **asdict(figures)}
