"""A simulation against servers that lose, reorder and refuse: it must send so."""

from typing import Any

import pytest

from speaktracker.roster.models import User
from speaktracker.simulation.measurement.tally import Tally
from speaktracker.simulation.report.display import Lines
from speaktracker.simulation.simulated_classroom import SimulatedClassroom
from speaktracker.simulation.simulation_errors import CannotSimulate
from speaktracker.simulation.simulation_options import SimulationOptions
from tests.simulation.lying_server import Lie, LyingServer

Frames = list[dict[str, Any]]


def honest(frames: Frames) -> Frames:
    return frames[-1:]


def loses_the_last_ones(frames: Frames) -> Frames:
    return frames[-1:] if len(frames) < 3 else []


def swaps_neighbours(frames: Frames) -> Frames:
    return frames[:-3:-1] if len(frames) % 2 == 0 else []


def joins_twice(frames: Frames) -> Frames:
    return [*frames[-1:], frames[0]] if len(frames) == 1 else frames[-1:]


class Unseen(Lines):
    """Shows nothing."""

    def __init__(self) -> None: ...

    def begin(self, people: int) -> None: ...

    def practise(self, seconds: float) -> None: ...

    def update(self, tally: Tally) -> None: ...


async def simulate(server: LyingServer, deadline: float = 1) -> Tally:
    """Let one student send for 1 s, watched by one tutor; what takes longer is lost."""
    options = SimulationOptions(
        server.url, 1, 1, rate=9, seconds=1.0, feedback=0, deadline=deadline
    )
    everybody = (*options.tutor_emails, *options.student_emails)
    people = {email: User(pk=number, email=email) for number, email in enumerate(everybody, 1)}
    return await SimulatedClassroom(options, people, Unseen(), limit=10).run()


async def tally_of(lie: Lie, deadline: float = 1) -> Tally:
    async with LyingServer(lie) as server:
        return await simulate(server, deadline)


async def test_an_honest_server_loses_nothing() -> None:
    tally = await tally_of(honest, deadline=20)
    assert tally.is_good
    assert tally.status.delivered == tally.status.sent > 0
    assert tally.acks.count == tally.status.sent


async def test_a_server_that_loses_the_last_status_is_found_out() -> None:
    tally = await tally_of(loses_the_last_ones)
    assert tally.status.lost > 0
    assert not tally.is_good


async def test_a_server_that_reorders_is_found_out() -> None:
    tally = await tally_of(swaps_neighbours)
    assert tally.status.out_of_order > 0
    assert not tally.is_good


async def test_a_server_that_joins_twice_is_found_out() -> None:
    tally = await tally_of(joins_twice)
    assert tally.status.not_alternating == 1
    assert not tally.is_good


@pytest.mark.parametrize("code", [1012, 4005, 1011])
async def test_a_student_comes_back_after_a_close_that_says_so(code: int) -> None:
    async with LyingServer(honest) as server:
        server.close_students_with = code
        tally = await simulate(server)
    assert tally.closes[code] == 1
    assert server.handshakes in (2, 3)  # the backoff may outlast the simulation


async def test_a_student_who_was_removed_stays_away() -> None:
    async with LyingServer(honest) as server:
        server.close_students_with = 4499
        tally = await simulate(server)
    assert (tally.closes[4499], server.handshakes, tally.reconnects) == (1, 2, 0)


async def test_nobody_there_is_one_sentence() -> None:
    async with LyingServer(honest) as server:
        pass
    with pytest.raises(CannotSimulate, match=r"No socket opens at http://127.*server running"):
        await simulate(server)
