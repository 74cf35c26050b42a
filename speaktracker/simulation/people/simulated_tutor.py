"""A simulated tutor: watches a dashboard, and gives feedback now and then."""

import itertools
import secrets
import time
from collections.abc import Sequence

from speaktracker.simulation import seen_frames
from speaktracker.simulation.measurement.boards import Board
from speaktracker.simulation.measurement.feedback_in_flight import FeedbackInFlight
from speaktracker.simulation.people.rest_calls import RestClient
from speaktracker.simulation.people.sentences import REMARKS
from speaktracker.simulation.people.simulated_person import SimulatedPerson, SimulationContext
from speaktracker.simulation.people.simulated_student import SimulatedStudent
from speaktracker.simulation.simulation_errors import Refused

_numbers = itertools.count(1)


class SimulatedTutor(SimulatedPerson):
    """One tutor with one dashboard."""

    def __init__(
        self,
        email: str,
        context: SimulationContext,
        board: Board,
        feedback: FeedbackInFlight,
        client: RestClient,
    ) -> None:
        super().__init__(email, context)
        self.students: Sequence[SimulatedStudent] = ()
        self._board = board
        self._feedback = feedback
        self._client = client
        self._unanswered: dict[str, str] = {}
        if context.options.batch:
            self.query = "lang=en&batch=1"

    def on_open(self, _greeting: seen_frames.Head) -> None:
        """Begin to watch."""
        self._board.open(time.monotonic())

    def on_close(self) -> None:
        """Watch no longer; feedback that was sent on the socket may or may not be stored."""
        self._board.close()
        self._unanswered.clear()

    def on_frame(self, head: seen_frames.Head, text: str | bytes, now: float) -> None:
        """Look at the dashboard, or take an answer."""
        if head.type == "dashboard":
            if head.action == "broadcast_all":
                self._board.snapshot(seen_frames.snapshot(text).data.students, now)
            elif head.action == "updates":
                for student in seen_frames.snapshot(text).data.students:
                    self._board.change("update", student, now)
            else:
                self._board.change(head.action, seen_frames.change(text).data, now)
        elif head.type == "feedback_status" and head.original_message_id in self._unanswered:
            self._feedback.take(self._unanswered.pop(head.original_message_id))
        elif head.type == "message_error" and head.original_message_id in self._unanswered:
            self._feedback.refuse(self._unanswered.pop(head.original_message_id))
        elif head.queued:
            self.context.tally.feedback.queued += 1

    async def give_feedback(self) -> None:
        """Say something to one of the own students, by REST or by socket."""
        random = self.context.random
        student = random.choice(self.students)
        number = next(_numbers)
        text = f"{random.choice(REMARKS)} ({student.practice.session_id} · {number})"
        self._feedback.give(text, student.email, time.monotonic())
        body = {
            "student_email": student.email,
            "session_id": student.practice.session_id or "before-the-first",
            "message": text,
            "message_type": "text",
        }
        if random.random() < 0.5 and self.socket is not None:
            await self.send_feedback(text, body)
        else:
            await self.post_feedback(text, body)

    async def send_feedback(self, text: str, body: dict[str, str]) -> None:
        """Give feedback by socket: `body` with an id of its own."""
        # The server takes it for an idempotency key: no other run may ever use it again.
        message_id = f"f-{secrets.token_hex(8)}"
        self._unanswered[message_id] = text
        message = {"type": "feedback", "message_id": message_id, **body}
        if not await self.send(message):
            self._unanswered.pop(message_id, None)
            self._feedback.refuse(text)

    async def post_feedback(self, text: str, body: dict[str, str]) -> None:
        """Give feedback by REST: `body` as it is."""
        try:
            token = (await self.context.tokens.of(self.email)).text
            answer = await self._client.post("/api/tutor/feedback", body, token)
        except (OSError, Refused):
            self.context.tally.errors["feedback unreachable"] += 1
            self._feedback.refuse(text)
            return
        if answer.status in (201, 202):
            self._feedback.take(text)
            self.context.tally.feedback.queued += answer.status == 202
        else:
            self.context.tally.errors[f"feedback HTTP {answer.status}"] += 1
            self._feedback.refuse(text)
