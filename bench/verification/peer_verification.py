"""What is asked of a peer on two processes, step by step; what was wrong is kept as sentences."""

import asyncio
import os
import signal
from collections import Counter, defaultdict

from picows import WSError

from bench.rosters import SCHOOL, name_of
from bench.systems.child_servers import ChildServer
from bench.systems.client_sockets import Frame
from bench.verification.school_of_two import DASHBOARDS, Listener, SchoolOfTwo
from bench.works.feedback_work import TutorApi, body_for

STATUSES = ("studying", "idle", "paused", "finished")
EACH = 30
# Quotes, a backslash, HTML, Hangul, an emoji and the two line ends of JavaScript.
AWKWARD = '"따옴표" \\ <b>발음이 좋아졌어요</b> | 😀 \u2028\u2029\n'
FIELDS = {
    *("student_email", "status", "current_sentence", "progress", "last_update", "student_name"),
    *("session_id", "online", "version"),
}
FEEDBACK_ROUNDS = 2


class PeerVerification:
    """Asks `school`'s processes for everything that is measured; `faults` stays empty if right."""

    def __init__(self, school: SchoolOfTwo, valkey: ChildServer) -> None:
        self.school, self.valkey = school, valkey
        self.faults: Counter[str] = Counter()
        self._sent: dict[str, list[tuple[str, str, int]]] = defaultdict(list)

    def expect(self, is_right: bool, fault: str) -> None:
        """Note a fault unless all is right."""
        if not is_right:
            self.faults[fault] += 1

    def report(self, student: Listener, status: str, sentence: str) -> None:
        """Have a student send a status that their tutor's dashboards must show."""
        self._sent[student.email].append((status, sentence, len(sentence) % 101))
        student.report(status, sentence)

    def due(self, dashboard: Listener) -> int:
        """Count what a dashboard must have shown by now."""
        return sum(len(self._sent[s]) for s, tutor in SCHOOL.items() if tutor == dashboard.email)

    async def all_shown(self) -> None:
        """Wait until every dashboard has as many updates as it must have."""
        boards = self.school.dashboards
        shown = await self.school.until(
            lambda: all(len(one.of_type("dashboard")) >= self.due(one) for one in boards)
        )
        self.expect(shown, "not every status came")

    async def check_statuses(self) -> int:
        """Everything, once, in order, unchanged, and nothing to others; returns the deliveries.

        The last status of each student leaves when all others have come: whatever came twice,
        directly and through Redis, has come twice by then.
        """
        students = self.school.students
        for number in range(EACH):
            for student in students:
                sentence = f"{number} {AWKWARD}{'x' * (25 * number)}"
                self.report(student, STATUSES[number % len(STATUSES)], sentence)
            await asyncio.sleep(0)
        await self.all_shown()
        for student in students:
            student.report("dancing", "never shown")
        refused = await self.school.until(lambda: all(one.frames for one in students))
        self.expect(refused, "a status that does not exist has no message_error")
        for student in students:
            self.report(student, "finished", "the last")
        await self.all_shown()
        for dashboard in self.school.dashboards:
            self.check_dashboard(dashboard)
        for student in students:
            types = [frame["type"] for frame in student.frames]
            self.expect(types == ["message_error"], f"a student got {Counter(types)}")
        return sum(len(one.of_type("dashboard")) for one in self.school.dashboards)

    def check_dashboard(self, dashboard: Listener) -> None:
        """Compare what a dashboard shows with what its students sent."""
        shown = defaultdict(list)
        for frame in dashboard.frames:
            self.check_update(frame, dashboard.email)
            data = frame["data"]
            sent = (data["status"], data["current_sentence"], data["progress"])
            shown[data["student_email"]].append(sent)
        mine = [email for email, tutor in SCHOOL.items() if tutor == dashboard.email]
        self.expect(set(shown) == set(mine), "a dashboard shows other students, or not all")
        for email in mine:
            same = shown[email] == self._sent[email]
            self.expect(same, "a student's statuses are not shown once each, in order, unchanged")

    def check_update(self, frame: Frame, tutor: str) -> None:
        """Hold one frame against the contract."""
        data = frame["data"]
        head = (frame["type"], frame["action"], frame["target_tutor_email"])
        self.expect(head == ("dashboard", "update", tutor), f"an update begins with {head}")
        self.expect(set(data) == FIELDS, f"an update has too much or too little: {sorted(data)}")
        about = (data["student_name"], data["session_id"], data["online"])
        self.expect(about == (name_of(data["student_email"]), "verify-1", True), f"says {about}")
        self.expect(isinstance(data["version"], int), "a version is not a number")
        at = data["last_update"]
        self.expect(len(at) == 24 and at.endswith("Z"), f"a time is written {at}")

    async def check_forged_token(self) -> None:
        """Nobody comes in with a signature of their own."""
        for running in self.school.running:
            forged = running.token(self.school.students[0].email)[:-6] + "AAAAAA"
            try:
                socket = await running.connector.connect_once(forged)
            except (ConnectionError, WSError):
                continue
            socket.close()
            self.expect(False, "a forged token is welcome")

    async def check_feedback(self) -> int:
        """From either process to its student on either, once; returns how many were given.

        What came twice in the first round has come twice before the second is complete.
        """
        chosen = self.school.students[: 2 * len(DASHBOARDS)]
        for number in range(FEEDBACK_ROUNDS):
            for running in self.school.running:
                for student in chosen:
                    await self.give(running.connector.api_port, student, number)
        due = FEEDBACK_ROUNDS * len(self.school.running)
        came = await self.school.until(
            lambda: all(len(one.of_type("feedback")) >= due for one in chosen)
        )
        self.expect(came, "not every feedback came")
        for student in self.school.students:
            given = [(frame["from"], frame["message"]) for frame in student.of_type("feedback")]
            rounds = sorted(range(FEEDBACK_ROUNDS)) * len(self.school.running)
            words = sorted((SCHOOL[student.email], f"발음이 좋아졌어요 {n}") for n in rounds)
            right = words if student in chosen else []
            self.expect(sorted(given) == right, "feedback came twice, changed or to another")
        return due * len(chosen)

    async def give(self, port: int, student: Listener, number: int) -> None:
        """Have the student's tutor post a feedback to one process."""
        token = self.school.running[0].token(SCHOOL[student.email])
        api = TutorApi(port, token)
        await api.open()
        try:
            status = await api.post(body_for(student.email, f"발음이 좋아졌어요 {number}"))
        finally:
            api.close()
        self.expect(status == 201, f"feedback is answered with {status}")

    async def waits_for_redis(self) -> bool:
        """Tell whether dashboards beside a student show nothing while Redis stands still.

        Another student's error, sent after the status, is the sign that the process has read both.
        """
        here = [one for one in self.school.students if one.process == 0]
        reporter, other = here[0], here[1]
        boards = [
            one
            for one in self.school.dashboards
            if (one.email, one.process) == (SCHOOL[reporter.email], 0)
        ]
        before = [self.due(one) for one in boards]
        errors = len(other.of_type("message_error"))
        os.kill(self.valkey.pid, signal.SIGSTOP)
        try:
            self.report(reporter, "idle", "while Redis stands still")
            other.report("dancing", "never shown")
            await self.school.until(lambda: len(other.of_type("message_error")) > errors)
            counts = [len(one.of_type("dashboard")) for one in boards]
        finally:
            os.kill(self.valkey.pid, signal.SIGCONT)
        await self.all_shown()
        return counts == before
