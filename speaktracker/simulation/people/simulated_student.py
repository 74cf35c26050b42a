"""A simulated student: reports what the practice says, and acknowledges feedback."""

import asyncio
import contextlib
import time
from collections import OrderedDict
from random import Random

from realtime.protocol.client_messages import FeedbackAck, StatusMessage
from speaktracker.simulation import seen_frames
from speaktracker.simulation.measurement.boards import Boards
from speaktracker.simulation.measurement.feedback_in_flight import FeedbackInFlight
from speaktracker.simulation.measurement.sightings import SentStatus
from speaktracker.simulation.people.practice import SENTENCES_IN_SESSION, SimulatedPractice
from speaktracker.simulation.people.rest_calls import RestClient
from speaktracker.simulation.people.simulated_person import SimulatedPerson, SimulationContext
from speaktracker.simulation.schedule import Allowance
from speaktracker.simulation.simulation_errors import Refused

SEEN_AFTER_SECONDS = (0.5, 3.0)
# Bounds of what one student remembers.
UNANSWERED = 1_000
FEEDBACK_REMEMBERED = 1_000


class SimulatedStudent(SimulatedPerson):
    """One student with one socket, whose session ids begin with `name`.

    At most `rate` statuses a second are sent.
    """

    query = "lang=en&acks=1"

    def __init__(
        self,
        email: str,
        context: SimulationContext,
        name: str,
        boards: Boards,
        feedback: FeedbackInFlight,
        rate: float,
    ) -> None:
        super().__init__(email, context)
        self.practice = SimulatedPractice(name, Random(context.random.random()))
        self._boards = boards
        self._feedback = feedback
        self._allowance = Allowance(rate)
        self._number = 0
        self.tutor_email = ""
        self._unanswered: OrderedDict[str, SentStatus] = OrderedDict()
        self._received: OrderedDict[str, None] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()

    async def learn_sentences(self, client: RestClient) -> None:
        """Practise what the school gives this student from the next session on, if it tells."""
        with contextlib.suppress(OSError, Refused):
            token = (await self.context.tokens.of(self.email)).text
            answer = await client.get("/api/student/sentences", token)
            given = [one["text"] for one in answer.body.get("sentences", ())]
            # Enough for a session, the first of which begins somewhere within it.
            if len(given) >= SENTENCES_IN_SESSION[0]:
                self.practice.sentences = given

    def may_send(self, now: float) -> bool:
        """Tell whether the socket stands, has taken the last message and the limit allows one."""
        socket = self.socket
        if socket is None or not self._allowance.allows(now):
            return False
        return socket.transport.get_write_buffer_size() == 0

    def rests(self) -> bool:
        """Let a turn pass between two sessions."""
        return self.practice.rests()

    async def report(self, now: float) -> None:
        """Send the next status; `now` is when it was due to be sent."""
        marker = self.practice.next()
        self._number += 1
        self._allowance.take(now)
        message_id = f"s{self._number}"
        sent = self._unanswered[message_id] = SentStatus(marker, time.monotonic())
        if len(self._unanswered) > UNANSWERED:
            self._unanswered.popitem(last=False)
        self._boards.expect(self.email, sent)
        message = StatusMessage(
            type="status",
            message_id=message_id,
            status=marker.status,
            session_id=marker.session_id,
            current_sentence=marker.sentence,
            progress=marker.progress,
        )
        sent.in_doubt = not await self.send(message)

    def on_frame(self, head: seen_frames.Head, text: str | bytes, now: float) -> None:
        """Take an answer or feedback."""
        if head.type == "ack":
            sent = self._unanswered.pop(head.message_id, None)
            if sent is not None:
                self.context.tally.acks.add(now - sent.at)
        elif head.type == "message_error":
            sent = self._unanswered.pop(head.original_message_id, None)
            if sent is not None:
                self._boards.refuse(self.email, sent)
        elif head.type == "feedback":
            self.receive(seen_frames.feedback(text), now)

    def receive(self, feedback: seen_frames.SeenFeedback, now: float) -> None:
        """Count feedback that came at `now`; acknowledge it the first time."""
        if feedback.message_id in self._received:
            self.context.tally.feedback.twice += 1
            return
        self._received[feedback.message_id] = None
        if len(self._received) > FEEDBACK_REMEMBERED:
            self._received.popitem(last=False)
        self._feedback.arrive(feedback.message, now)
        task = asyncio.create_task(self.acknowledge(feedback.message_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def acknowledge(self, message_id: str) -> None:
        """Say that feedback was delivered, and a little later that it was seen."""
        await self.send(FeedbackAck(type="feedback_ack", message_id=message_id, state="delivered"))
        await asyncio.sleep(self.context.random.uniform(*SEEN_AFTER_SECONDS))
        await self.send(FeedbackAck(type="feedback_ack", message_id=message_id, state="seen"))

    def on_open(self, greeting: seen_frames.Head) -> None:
        """Learn who the tutor is."""
        self.tutor_email = greeting.tutor_email

    def on_close(self) -> None:
        """Doubt what the server has not acknowledged; a next connection may replay feedback."""
        for sent in self._unanswered.values():
            sent.in_doubt = True
        self._unanswered.clear()
        self._received.clear()
        for task in self._tasks:
            task.cancel()
