"""The people of a district: students who report, dashboards that must see each status once.

What a status is, is told by its progress: number / 100, which grows by 0.01 with each of a
student's statuses and comes back on the dashboard as it was sent. A sentence lasts some statuses,
as with people who practise.
"""

import time
from array import array
from dataclasses import dataclass, field

import msgspec

from bench.systems.client_sockets import ClientSocket

STATUSES_OF_A_SENTENCE = 10
NUMBERS = 10_000
_UPDATE, _JOINED = b'"action":"update"', b'"action":"student_joined"'
_BODY = (
    b'{"status":"studying","session_id":"lesson-1",'
    b'"current_sentence":"I would like a cup of coffee, please, number %d.","progress":%d.%02d,'
    b'"timestamp":"2026-01-14T10:30:00.000Z"}'
)
_now = time.monotonic_ns


class ShownStudent(msgspec.Struct):
    """What is read of a student's frame."""

    student_email: str
    progress: float


class ShownFrame(msgspec.Struct):
    """A dashboard's frame about one student."""

    data: ShownStudent


_decode = msgspec.json.Decoder(ShownFrame).decode


class Pupil:
    """One student: the number of their last status, and when each that is under way was sent."""

    __slots__ = ("number", "sent", "socket")

    def __init__(self) -> None:
        self.number = 0
        self.sent: dict[int, int] = {}
        self.socket: ClientSocket

    def begin(self) -> None:
        """Send status 0, with which the student joins the class."""
        self.socket.send_status(_BODY % (0, 0, 0))

    def report(self) -> None:
        """Send the next status."""
        self.number += 1
        number = self.number % NUMBERS
        self.sent[number] = _now()
        sentence = self.number // STATUSES_OF_A_SENTENCE
        self.socket.send_status(_BODY % (sentence, number // 100, number % 100))


@dataclass
class Seen:
    """What all dashboards have seen: latencies in ns, and what should not be."""

    latencies: "array[int]" = field(default_factory=lambda: array("q"))
    joined: int = 0
    shown: int = 0
    # Of the texts of these updates.
    text_bytes: int = 0
    # Updates of a status that was shown before, or after a later one.
    doubled: int = 0
    # Statuses in whose place a later one was shown.
    skipped: int = 0
    # Updates of somebody else's student.
    strangers: int = 0


class WatchingTutor:
    """A dashboard: which of its students' statuses came."""

    __slots__ = ("_last", "_pupils", "_seen")

    def __init__(self, pupils: dict[str, Pupil], seen: Seen) -> None:
        self._pupils = pupils
        self._last = dict.fromkeys(pupils, 0)
        self._seen = seen

    def on_text(self, payload: bytes) -> None:
        """Take a frame."""
        if _UPDATE in payload:
            self._seen.text_bytes += len(payload)
            self._show(_decode(payload).data)
        elif _JOINED in payload:
            self._seen.joined += 1

    def _show(self, student: ShownStudent) -> None:
        seen, email = self._seen, student.student_email
        pupil = self._pupils.get(email)
        if pupil is None:
            seen.strangers += 1
            return
        number = round(student.progress * 100)
        came_on = (number - self._last[email]) % NUMBERS
        if came_on == 0 or came_on > NUMBERS // 2:
            seen.doubled += 1
            return
        self._last[email] = number
        seen.shown += 1
        seen.skipped += came_on - 1
        for ago in range(came_on):
            sent = pupil.sent.pop((number - ago) % NUMBERS, None)
            if ago == 0 and sent is not None:
                seen.latencies.append(_now() - sent)
