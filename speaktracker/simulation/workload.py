"""What everybody does while a simulation lasts: statuses and feedback, each in an open loop."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from random import Random
from typing import Any

from speaktracker.simulation.measurement.tally import Tally
from speaktracker.simulation.people.simulated_student import SimulatedStudent
from speaktracker.simulation.people.simulated_tutor import SimulatedTutor
from speaktracker.simulation.schedule import Beat, Rota

FEEDBACK_AT_ONCE = 16

Spawn = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]


async def send_statuses(students: Sequence[SimulatedStudent], rate: float, tally: Tally) -> None:
    """Send `rate` statuses a second of all `students` together, until cancelled."""
    beat = Beat(rate, time.monotonic())
    rota = Rota(students)
    while True:
        await asyncio.sleep(beat.wait(time.monotonic()))
        now = time.monotonic()
        for missing in range(beat.due(now), 0, -1):
            student = rota.pick(now)
            if student is None:
                tally.status.skipped += missing
                break
            await student.report(now)


async def give_feedback(
    tutors: Sequence[SimulatedTutor], rate: float, random: Random, spawn: Spawn
) -> None:
    """Give `rate` feedback a second of all `tutors` together, until cancelled."""
    beat = Beat(rate, time.monotonic())
    slots = asyncio.Semaphore(FEEDBACK_AT_ONCE)
    while True:
        await asyncio.sleep(beat.wait(time.monotonic()))
        for _ in range(beat.due(time.monotonic())):
            await slots.acquire()
            giving = spawn(random.choice(tutors).give_feedback())
            giving.add_done_callback(lambda _: slots.release())
