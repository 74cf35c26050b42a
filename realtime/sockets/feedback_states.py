"""How far a dashboard was told that each feedback has come: each step once, and none taken back.

A step is a state, or that a client acknowledged it.

A delivery, a reread after a gap and the student's client each tell how far it has come, from any
process and in any order.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, get_args

from realtime.protocol.field_types import FeedbackState
from realtime.protocol.server_messages import FeedbackStatus
from realtime.sockets.write_queue import WriteQueue

Event = dict[str, Any]

ORDER: Final = {state: number for number, state in enumerate(get_args(FeedbackState))}
# Of older ones a step may be told twice; a lesson has fewer.
REMEMBERED: Final = 1_000


class FeedbackStates:
    """The feedback of one dashboard, each with the step that it was told last."""

    def __init__(self, write_queue: WriteQueue) -> None:
        self._write_queue = write_queue
        self._told: dict[str, tuple[int, bool]] = {}
        # What was published of feedback that was given here and is not answered yet.
        self._held: dict[str, list[Event]] = {}

    def show(self, event: Event) -> None:
        """Show what was published, if it is news here; while its answer is due it waits."""
        message_id = event["message_id"]
        if message_id in self._held:
            self._held[message_id].append(event)
        # A process of an older version, while one replaces the other, does not say it.
        elif self._note(message_id, event["state"], event.get("acknowledged", False)):
            self._write_queue.put(event["text"])

    @contextmanager
    def answering(self, message_id: str) -> Iterator[Callable[[FeedbackStatus], None]]:
        """Give what answers for a feedback given here; what that says is not shown once more."""
        # Of two that repeat one feedback at once the first to be answered shows what has waited.
        self._held.setdefault(message_id, [])

        def answer(status: FeedbackStatus) -> None:
            self._note(message_id, status.state, status.acknowledged)
            self._write_queue.send(status)

        try:
            yield answer
        finally:
            for event in self._held.pop(message_id, ()):
                self.show(event)

    def _note(self, message_id: str, state: FeedbackState, acknowledged: bool) -> bool:
        """Note that this is told; False when it was, or what comes after it."""
        told = (ORDER[state], acknowledged)
        known = self._told.get(message_id)
        if known is not None and told <= known:
            return False
        if known is None and len(self._told) >= REMEMBERED:
            del self._told[next(iter(self._told))]
        self._told[message_id] = told
        return True
