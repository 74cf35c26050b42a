"""What must be true after every fault, and at the end."""

import asyncio
import time

from tests.cluster.crowd import differences
from tests.cluster.dashboard import in_class
from tests.cluster.random_faults.installation import Installation
from tests.cluster.random_faults.school import PatientStudentBot, School
from tests.cluster.waiting import eventually, nothing_left

BACK_SECONDS, RIGHT_SECONDS, FEEDBACK_SECONDS, LEAVE_SECONDS = 40, 15, 25, 40
MIRROR_SECONDS = 120


class Invariants:
    """Asked while nobody does anything; a broken one is an AssertionError that shows it."""

    def __init__(self, installation: Installation, school: School) -> None:
        self.installation = installation
        self.school = school
        self._read = dict.fromkeys(range(len(installation.nodes)), 0)

    async def hold(self, since: float) -> str:
        """Check what holds soon after a fault that ended at `since`; says how soon that was."""
        awake = [bot for bot in self.school.crowd.bots if bot.is_awake]
        await asyncio.gather(*(bot.is_here(BACK_SECONDS) for bot in awake))
        back = time.monotonic() - since
        await nothing_left(self._wrongly_shown, RIGHT_SECONDS)
        right = time.monotonic() - since
        await nothing_left(self._feedback_behind, FEEDBACK_SECONDS)
        shown = time.monotonic() - since
        await nothing_left(self._ghosts, LEAVE_SECONDS)
        self._check_what_was_noted()
        return (
            f"all back in {back:.1f} s, dashboards right in {right:.1f} s, feedback {shown:.1f} s"
        )

    async def hold_at_the_end(self) -> str:
        """Check that nothing at all is left over or missing, here and in the mirror."""
        await self.school.everybody_comes()
        said = await self.hold(time.monotonic())
        connections = self.school.crowd.connections
        recorded = self.installation.recorded
        await eventually(recorded, lambda found: found == connections(), LEAVE_SECONDS)
        for student in self.school.students:
            assert self._given(student) == self._shown(student), student.email
        return f"{said}; {await self._mirror()}"

    def _check_what_was_noted(self) -> None:
        assert not (faults := self.school.crowd.faults()), "\n".join(faults)
        for number, node in enumerate(self.installation.nodes):
            log = node.server.log.read_text(errors="replace")
            fresh, self._read[number] = log[self._read[number] :], len(log)
            at = fresh.find("Traceback")
            assert at < 0, f"node {number} wrote a trace: {fresh[max(0, at - 1000) : at + 5000]}"

    def _wrongly_shown(self) -> list[str]:
        return differences(self.school.boards, self.school.students)

    def _feedback_behind(self) -> list[str]:
        """Name who lacks feedback that was stored, and fail at once where one is out of order."""
        behind = []
        for student in self.school.students:
            given, shown = self._given(student), self._shown(student)
            assert shown == given[: len(shown)], f"{student.email}: {_first_odd(given, shown)}"
            if student.is_awake and len(shown) < len(given):
                behind.append(f"{student.email} lacks {given[len(shown) :]}")
        return behind + self._questions_behind()

    def _questions_behind(self) -> list[str]:
        """Name whose question is told to them otherwise than it stands in SQL."""
        truth = self.installation.presence()
        return [
            f"{student.email} was told {student.help}, SQL has {truth[student.email]}"
            for student in self.school.students
            if student.here.is_set()
            and truth[student.email]["asks"] != (student.help in ("asked", "seen"))
        ]

    def _ghosts(self) -> list[str]:
        gone = [student.email for student in self.school.students if not student.is_awake]
        return [
            f"{email} at {board.email}"
            for board in self.school.boards
            for email in gone
            if in_class(board.shown.get(email))
        ]

    def _given(self, student: PatientStudentBot) -> list[str]:
        return self.school.givers[student.email].given

    def _shown(self, student: PatientStudentBot) -> list[str]:
        return [frame["message_id"] for frame in student.shown]

    async def _mirror(self) -> str:
        """Compare the mirror with SQL until nothing is on its way; a difference fails at once."""
        deadline = time.monotonic() + MIRROR_SECONDS
        while True:
            node = self.installation.nodes[0]
            said = await asyncio.to_thread(node.server.manage, "mirror", "--verify")
            if ", 0 with a change on its way" in said:
                return said.strip().splitlines()[-1]
            assert time.monotonic() < deadline, said


def _first_odd(given: list[str], shown: list[str]) -> str:
    for number, (wanted, got) in enumerate(zip(given, shown, strict=False)):
        if wanted != got:
            return f"number {number} is {got}, which was given as {_place(given, got)}"
    return f"{len(shown)} shown of {len(given)} given, the last {shown[len(given) :]}"


def _place(given: list[str], message_id: str) -> str:
    return f"number {given.index(message_id)}" if message_id in given else "none that was answered"
