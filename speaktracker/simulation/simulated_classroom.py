"""The whole simulation: everybody comes in, practises, is watched, and goes home."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import Coroutine, Mapping, Sequence
from random import Random
from typing import Any

from speaktracker.roster.models import User
from speaktracker.simulation.measurement.boards import Boards
from speaktracker.simulation.measurement.feedback_in_flight import FeedbackInFlight
from speaktracker.simulation.measurement.tally import Tally
from speaktracker.simulation.people.access_tokens import AccessTokens
from speaktracker.simulation.people.rest_calls import RestClient
from speaktracker.simulation.people.simulated_person import (
    SimulatedPerson,
    SimulationContext,
    renew_tokens,
)
from speaktracker.simulation.people.simulated_student import SimulatedStudent
from speaktracker.simulation.people.simulated_tutor import SimulatedTutor
from speaktracker.simulation.report.display import Display
from speaktracker.simulation.simulation_errors import CannotSimulate
from speaktracker.simulation.simulation_options import SECONDS_BETWEEN_STATUSES, SimulationOptions
from speaktracker.simulation.workload import give_feedback, send_statuses

HANDSHAKES_AT_ONCE = 50
LOOK_SECONDS = 0.5
SMALL_CLASS = 50
SETTLE_WHEN_STOPPED_SECONDS = 1.5


class SimulatedClassroom:
    """One simulation against one server; setting `stop` ends it early."""

    def __init__(
        self,
        options: SimulationOptions,
        known: Mapping[str, User],
        display: Display,
        limit: float,
    ) -> None:
        self.tally = Tally()
        self.stop = asyncio.Event()
        self._group: asyncio.TaskGroup
        self._tasks: set[asyncio.Task[None]] = set()
        self._options = options
        self._display = display
        self._client = client = RestClient(options.http_url, options.is_loopback)
        tokens = AccessTokens(client, options.password, known)
        slots = asyncio.Semaphore(HANDSHAKES_AT_ONCE)
        self._context = context = SimulationContext(options, tokens, self.tally, slots, Random())
        self._boards = boards = Boards(self.tally)
        self._feedback = feedback = FeedbackInFlight(self.tally)
        self._tutors = [
            SimulatedTutor(email, context, boards.add(), feedback, client)
            for email in options.tutor_emails
        ]
        run = secrets.token_hex(3)
        self._students = [
            SimulatedStudent(email, context, f"sim-{run}-{number}", boards, feedback, limit)
            for number, email in enumerate(options.student_emails, options.first_student)
        ]

    async def run(self) -> Tally:
        """Simulate until the time is up or stopped; raises CannotSimulate."""
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                self._spawn(self._look())
                self._spawn(renew_tokens([*self._tutors, *self._students]))
                await self.come_in()
                await self.learn_sentences()
                await self.practise()
                for task in self._tasks:
                    task.cancel()
        except ExceptionGroup as failures:
            refusals, others = failures.split(CannotSimulate)
            if others or not refusals:
                raise
            raise _first(refusals) from None
        finally:
            self._client.close()
        return self.tally

    async def come_in(self) -> None:
        """Open all sockets, the tutors' first, and wait until they stand or it is stopped."""

        async def all_admitted(people: Sequence[SimulatedPerson]) -> None:
            for person in people:
                await person.was_admitted.wait()

        began = time.monotonic()
        self._display.begin(len(self._tutors) + len(self._students))
        for people in (self._tutors, self._students):
            if self.stop.is_set():
                break
            for person in people:
                self._spawn(person.live())
            admission = asyncio.create_task(all_admitted(people))
            stopped = asyncio.create_task(self.stop.wait())
            try:
                await asyncio.wait((admission, stopped), return_when=asyncio.FIRST_COMPLETED)
            finally:
                admission.cancel()
                stopped.cancel()
        self.tally.ramp_seconds = time.monotonic() - began
        self.tally.ramp_handshakes = self.tally.handshakes.count

    async def learn_sentences(self) -> None:
        """Have a small class practise what its school gives; of a crowd the calls would be work."""
        if len(self._students) <= SMALL_CLASS and not self.stop.is_set():
            await asyncio.gather(*(one.learn_sentences(self._client) for one in self._students))

    async def practise(self) -> None:
        """Send statuses and feedback until the time is up or stopped, and let them arrive."""
        options, tally = self._options, self.tally
        tally.started = time.monotonic()
        self._display.practise(options.seconds)
        rate = options.rate or len(self._students) / SECONDS_BETWEEN_STATUSES
        works = [self._spawn(send_statuses(self._students, rate, tally))]
        for tutor in self._tutors:
            tutor.students = [s for s in self._students if s.tutor_email == tutor.email]
        teaching = [tutor for tutor in self._tutors if tutor.students]
        if options.feedback and teaching:
            feedback = give_feedback(teaching, options.feedback, self._context.random, self._spawn)
            works.append(self._spawn(feedback))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.stop.wait(), options.seconds or None)
        for work in works:
            work.cancel()
        tally.ended = time.monotonic()
        await self.settle()

    async def settle(self) -> None:
        """Let what is under way arrive; what a stop left open counts as neither shown nor lost."""
        patience = SETTLE_WHEN_STOPPED_SECONDS if self.stop.is_set() else self._options.deadline + 1
        until = time.monotonic() + patience
        while self._boards.waiting() + self._feedback.waiting() and time.monotonic() < until:
            await asyncio.sleep(0.05)
            self._give_up()
            if self.stop.is_set():
                until = min(until, time.monotonic() + SETTLE_WHEN_STOPPED_SECONDS)
        self._boards.leave_unsettled()
        self._feedback.leave_unsettled()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._group.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _give_up(self) -> None:
        now, deadline = time.monotonic(), self._options.deadline
        self._boards.give_up(now, deadline)
        online = {student.email for student in self._students if student.socket}
        self._feedback.give_up(now - deadline, online)

    async def _look(self) -> None:
        while True:
            planned = time.monotonic() + LOOK_SECONDS
            await asyncio.sleep(LOOK_SECONDS)
            self.tally.lag = max(self.tally.lag, time.monotonic() - planned)
            self._give_up()
            self._display.update(self.tally)


def _first(failures: BaseExceptionGroup[CannotSimulate]) -> CannotSimulate:
    found = failures.exceptions[0]
    return _first(found) if isinstance(found, BaseExceptionGroup) else found
