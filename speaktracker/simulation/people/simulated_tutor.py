"""A simulated tutor: watches a dashboard, and gives feedback now and then."""

import itertools
import secrets
import time
from collections.abc import Sequence

from speaktracker.simulation.people import seen_frames
from speaktracker.simulation.people.person import Ground, Person
from speaktracker.simulation.people.rest_calls import Api
from speaktracker.simulation.people.sentences import REMARKS
from speaktracker.simulation.people.simulated_student import Student
from speaktracker.simulation.report.boards import Board
from speaktracker.simulation.report.remarks import Remarks
from speaktracker.simulation.simulation_errors import Refused

_numbers = itertools.count(1)


class Tutor(Person):
    """One tutor with one dashboard."""

    def __init__(
        self, email: str, ground: Ground, board: Board, remarks: Remarks, api: Api
    ) -> None:
        super().__init__(email, ground)
        self.students: Sequence[Student] = ()
        self._board = board
        self._remarks = remarks
        self._api = api
        self._said: dict[str, str] = {}
        if ground.options.batch:
            self.query = "lang=en&batch=1"

    def enters(self, _greeting: seen_frames.Head) -> None:
        """Begin to watch."""
        self._board.open(time.monotonic())

    def leaves(self) -> None:
        """Watch no longer; what was said on the socket may or may not be stored."""
        self._board.close()
        self._said.clear()

    def hear(self, head: seen_frames.Head, text: str | bytes, now: float) -> None:
        """Look at the dashboard, or take an answer."""
        if head.type == "dashboard":
            self._look(head.action, text, now)
        elif head.type == "feedback_status" and head.original_message_id in self._said:
            self._remarks.take(self._said.pop(head.original_message_id))
        elif head.type == "message_error" and head.original_message_id in self._said:
            self._remarks.refuse(self._said.pop(head.original_message_id))
        elif head.queued:
            self.ground.tally.feedback.queued += 1

    def _look(self, action: str, text: str | bytes, now: float) -> None:
        if action == "broadcast_all":
            shown = seen_frames.snapshot(text)
            self._board.snapshot(shown.data.students, now)
        elif action == "updates":
            for student in seen_frames.snapshot(text).data.students:
                self._board.change("update", student, now)
        else:
            self._board.change(action, seen_frames.change(text).data, now)

    async def give_feedback(self) -> None:
        """Say something to one of the own students, by REST or by socket."""
        random = self.ground.random
        student = random.choice(self.students)
        number = next(_numbers)
        text = f"{random.choice(REMARKS)} ({student.practice.session_id} · {number})"
        self._remarks.give(text, student.email, time.monotonic())
        body = {
            "student_email": student.email,
            "session_id": student.practice.session_id or "before-the-first",
            "message": text,
            "message_type": "text",
        }
        if random.random() < 0.5 and self.socket is not None:
            await self._say_feedback(text, body)
        else:
            await self._post_feedback(text, body)

    async def _say_feedback(self, text: str, body: dict[str, str]) -> None:
        # The server takes it for an idempotency key: no other run may ever use it again.
        message_id = f"f-{secrets.token_hex(8)}"
        self._said[message_id] = text
        message = {"type": "feedback", "message_id": message_id, **body}
        if not await self.say(message):
            self._said.pop(message_id, None)
            self._remarks.refuse(text)

    async def _post_feedback(self, text: str, body: dict[str, str]) -> None:
        try:
            token = (await self.ground.passes.of(self.email)).token
            answer = await self._api.post("/api/tutor/feedback", body, token)
        except (OSError, Refused):
            self.ground.tally.errors["feedback unreachable"] += 1
            self._remarks.refuse(text)
            return
        if answer.status in (201, 202):
            self._remarks.take(text)
            self.ground.tally.feedback.queued += answer.status == 202
        else:
            self.ground.tally.errors[f"feedback HTTP {answer.status}"] += 1
            self._remarks.refuse(text)
