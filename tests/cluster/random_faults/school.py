"""Students who report, come and go, tutors who watch, and feedback that is given until answered."""

import asyncio
import random
import time
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import httpx

from tests.cluster.bots import Message
from tests.cluster.crowd import Crowd
from tests.cluster.dashboard import DashboardBot
from tests.cluster.giver import Giver
from tests.cluster.random_faults.installation import Installation
from tests.cluster.student import StudentBot

TUTORS = ("tutor1@example.com", "tutor2@example.com")
BOARDS, STAYERS, ROVERS = 2, 6, 2
REPORT_PAUSE, GIVE_PAUSE, ROVE_PAUSE = (0.4, 1.6), (0.5, 2.0), (2.0, 10.0)
STATUSES = ("studying", "studying", "idle", "paused", "finished")
REPEAT_SECONDS = 2.0
ASK_SHARE = 0.1


class PatientStudentBot(StudentBot):
    """Says its last status again where it was told that it could not be taken now, as pages do."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.away_since = 0.0
        self._repeats: set[asyncio.Task[None]] = set()

    async def hear(self, frame: Message) -> None:
        """Repeat a status that was refused for now; else as any student."""
        # A question that comes while a leave is on its way is refused.
        if frame["type"] == "message_error" and frame.get("path") == "$.action":
            return
        if frame["type"] == "message_error" and frame["code"] == "UNAVAILABLE":
            if self._unacked.pop(frame.get("original_message_id", ""), None):
                repeat = asyncio.create_task(self._repeat())
                self._repeats.add(repeat)
                repeat.add_done_callback(self._repeats.discard)
            return
        await super().hear(frame)

    async def _repeat(self) -> None:
        await asyncio.sleep(REPEAT_SECONDS)
        if self.sent and self.here.is_set():
            await self._report(self.sent)

    async def go(self) -> None:
        """Leave, as a closed tab or as a killed one."""
        await random.choice((self.stop, self.die))()
        self.away_since = time.monotonic()


class School:
    """Everybody; lessons go on between `begin_lessons` and `rest`."""

    def __init__(self, installation: Installation, crowd: Crowd) -> None:
        self.crowd = crowd
        of = {tutor: installation.students_of(tutor)[: STAYERS + ROVERS] for tutor in TUTORS}
        self.boards = [DashboardBot(installation, tutor) for tutor in TUTORS for _ in range(BOARDS)]
        students = {tutor: [PatientStudentBot(installation, e) for e in of[tutor]] for tutor in of}
        self.stayers = [student for each in students.values() for student in each[:STAYERS]]
        self.rovers = [student for each in students.values() for student in each[STAYERS:]]
        self.givers = {s.email: Giver(installation, s.email) for s in self.students}
        self.reports = 0
        self._lessons: list[asyncio.Task[None]] = []
        self._over = asyncio.Event()

    @property
    def students(self) -> list[PatientStudentBot]:
        """List all who may be in class."""
        return [*self.stayers, *self.rovers]

    @property
    def given(self) -> int:
        """Count the feedback that was stored."""
        return sum(len(giver.given) for giver in self.givers.values())

    async def open(self) -> None:
        """Let everybody come, and those who will rove go again."""
        await self.crowd.add([*self.boards, *self.students])
        for rover in self.rovers:
            await rover.go()

    def begin_lessons(self, client: httpx.AsyncClient) -> None:
        """Let students report and rove, and tutors give feedback, until they rest."""
        self._over.clear()
        works: list[Coroutine[Any, Any, None]] = [self._report(s) for s in self.stayers]
        works += [self._rove(rover) for rover in self.rovers]
        works += [self._give(giver, client) for giver in self.givers.values()]
        self._lessons = [self.crowd.run(work) for work in works]

    async def rest(self) -> None:
        """End the lessons; whoever is about something ends it first."""
        self._over.set()
        lessons, self._lessons = self._lessons, []
        await asyncio.gather(*lessons)

    async def everybody_comes(self) -> None:
        """Let those come who are away."""
        await asyncio.gather(*(rover.start() for rover in self.rovers if not rover.is_awake))

    async def _report(self, student: PatientStudentBot) -> None:
        while await self._goes_on_after(REPORT_PAUSE):
            status = random.choice(STATUSES)
            self.reports += await student.report(status)
            if status != "finished" and random.random() < ASK_SHARE:
                await student.ask()

    async def _give(self, giver: Giver, client: httpx.AsyncClient) -> None:
        while await self._goes_on_after(GIVE_PAUSE):
            await giver.give(client)

    async def _rove(self, rover: PatientStudentBot) -> None:
        while await self._goes_on_after(ROVE_PAUSE):
            if rover.is_awake:
                await rover.go()
            else:
                await rover.start(120)

    async def _goes_on_after(self, pause: tuple[float, float]) -> bool:
        """Let some time pass; False at once when the lessons are over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(random.uniform(*pause)):
                await self._over.wait()
        return not self._over.is_set()
