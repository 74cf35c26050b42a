"""The whole simulation: everybody comes in, practises, is watched, and goes home."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import Coroutine, Mapping, Sequence
from random import Random
from typing import Any

from speaktracker.roster.models import User
from speaktracker.simulation.people.passes import Passes
from speaktracker.simulation.people.person import Ground, Person
from speaktracker.simulation.people.rest_calls import Api
from speaktracker.simulation.people.simulated_student import Student
from speaktracker.simulation.people.simulated_tutor import Tutor
from speaktracker.simulation.report.boards import Boards
from speaktracker.simulation.report.display import Display
from speaktracker.simulation.report.remarks import Remarks
from speaktracker.simulation.report.tally import Tally
from speaktracker.simulation.schedule import Beat, Rota
from speaktracker.simulation.simulation_errors import CannotSimulate
from speaktracker.simulation.simulation_options import SECONDS_BETWEEN_STATUSES, Options

HANDSHAKES_AT_ONCE = 50
LOOK_SECONDS = 0.5
RENEW_SECONDS = 5.0
SETTLE_WHEN_STOPPED_SECONDS = 1.5
FEEDBACK_AT_ONCE = 16


class Classroom:
    """One simulation against one server; `stop` ends it early."""

    def __init__(
        self, options: Options, known: Mapping[str, User], display: Display, limit: float
    ) -> None:
        self.tally = Tally()
        self.stop = asyncio.Event()
        self._group: asyncio.TaskGroup
        self._tasks: set[asyncio.Task[None]] = set()
        self._options = options
        self._display = display
        self._api = Api(options.http_url, options.is_loopback)
        self._passes = Passes(self._api, options.password, known)
        door = asyncio.Semaphore(HANDSHAKES_AT_ONCE)
        self._ground = Ground(options, self._passes, self.tally, door, Random())
        self._boards = Boards(self.tally)
        self._remarks = Remarks(self.tally)
        self._tutors = [
            Tutor(email, self._ground, self._boards.add(), self._remarks, self._api)
            for email in options.tutor_emails
        ]
        run = secrets.token_hex(3)
        self._students = [
            Student(email, self._ground, f"sim-{run}-{number}", self._boards, self._remarks, limit)
            for number, email in enumerate(options.student_emails, options.first_student)
        ]
        self._class = {student.email: student for student in self._students}

    async def run(self) -> Tally:
        """Simulate until the time is up or stopped; raises CannotSimulate."""
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                self._begin(self._look())
                self._begin(self._renew())
                await self._come_in()
                await self._practise()
                for task in self._tasks:
                    task.cancel()
        except ExceptionGroup as failures:
            refusals, others = failures.split(CannotSimulate)
            if others or not refusals:
                raise
            raise _first(refusals) from None
        finally:
            self._api.close()
        return self.tally

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._group.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _come_in(self) -> None:
        began = time.monotonic()
        self._display.begin(len(self._tutors) + len(self._students))
        for people in (self._tutors, self._students):
            for person in people if not self.stop.is_set() else ():
                self._begin(person.live())
            await self._unless_stopped(_all_in(people))
        self.tally.ramp_seconds = time.monotonic() - began
        self.tally.ramp_handshakes = self.tally.handshakes.count

    async def _unless_stopped(self, work: Coroutine[Any, Any, None]) -> None:
        working = asyncio.create_task(work)
        stopped = asyncio.create_task(self.stop.wait())
        try:
            await asyncio.wait((working, stopped), return_when=asyncio.FIRST_COMPLETED)
        finally:
            working.cancel()
            stopped.cancel()

    async def _practise(self) -> None:
        self.tally.started = time.monotonic()
        self._display.practise(self._options.seconds)
        works = [self._begin(self._send_statuses()), self._begin(self._give_feedback())]
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.stop.wait(), self._options.seconds or None)
        for work in works:
            work.cancel()
        self.tally.ended = time.monotonic()
        await self._settle()

    async def _send_statuses(self) -> None:
        rate = self._options.rate or len(self._students) / SECONDS_BETWEEN_STATUSES
        beat = Beat(rate, time.monotonic())
        rota = Rota(self._students)
        while True:
            wait = beat.wait(time.monotonic())
            await asyncio.sleep(wait)
            now = time.monotonic()
            for missing in range(beat.due(now), 0, -1):
                student = rota.pick(now)
                if student is None:
                    self.tally.status.skipped += missing
                    break
                await student.report(now)

    async def _give_feedback(self) -> None:
        tutors = self._tutors_of_students()
        if not self._options.feedback or not tutors:
            return
        beat = Beat(self._options.feedback, time.monotonic())
        door = asyncio.Semaphore(FEEDBACK_AT_ONCE)
        while True:
            await asyncio.sleep(beat.wait(time.monotonic()))
            for _ in range(beat.due(time.monotonic())):
                await door.acquire()
                giving = self._begin(self._ground.random.choice(tutors).give_feedback())
                giving.add_done_callback(lambda _: door.release())

    def _tutors_of_students(self) -> list[Tutor]:
        for tutor in self._tutors:
            tutor.students = [s for s in self._students if s.tutor_email == tutor.email]
        return [tutor for tutor in self._tutors if tutor.students]

    async def _settle(self) -> None:
        """Let what is under way arrive; what a stop left open counts as neither shown nor lost."""
        patience = SETTLE_WHEN_STOPPED_SECONDS if self.stop.is_set() else self._options.deadline + 1
        until = time.monotonic() + patience
        while self._boards.waiting() + self._remarks.waiting() and time.monotonic() < until:
            await asyncio.sleep(0.05)
            self._give_up()
            if self.stop.is_set():
                until = min(until, time.monotonic() + SETTLE_WHEN_STOPPED_SECONDS)
        self._boards.leave_unsettled()
        self._remarks.leave_unsettled()

    def _give_up(self) -> None:
        now, deadline = time.monotonic(), self._options.deadline
        self._boards.give_up(now, deadline)
        online = {student.email for student in self._students if student.socket}
        self._remarks.give_up(now - deadline, online)

    async def _look(self) -> None:
        while True:
            planned = time.monotonic() + LOOK_SECONDS
            await asyncio.sleep(LOOK_SECONDS)
            self.tally.lag = max(self.tally.lag, time.monotonic() - planned)
            self._give_up()
            self._display.update(self.tally)

    async def _renew(self) -> None:
        people: list[Person] = [*self._tutors, *self._students]
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            for person in people:
                if person.socket and self._passes.needs_renewal(person.email, time.time()):
                    await person.renew()


async def _all_in(people: Sequence[Person]) -> None:
    for person in people:
        await person.came_in.wait()


def _first(failures: BaseExceptionGroup[CannotSimulate]) -> CannotSimulate:
    found = failures.exceptions[0]
    return _first(found) if isinstance(found, BaseExceptionGroup) else found
