"""What was sent against what a dashboard showed: delivered, conflated, lost, out of order. Pure.

A status is *delivered* when the dashboard shows it, *conflated* when a later one of the same
student is shown instead, *lost* when neither has happened within a deadline.
"""

from collections import deque
from dataclasses import dataclass

from realtime.protocol.field_types import Status
from speaktracker.simulation.measurement.latency import Latencies

REMEMBERED = 50
# While a dashboard is away nothing is lost; this bounds what waits for it.
EXPECTED = 10_000


@dataclass(frozen=True, slots=True)
class Marker:
    """A status as its sender and its tutor's dashboard both see it; no student sends one twice."""

    session_id: str
    status: Status
    sentence: str
    progress: float


@dataclass(slots=True, eq=False)
class SentStatus:
    """One status on its way; `in_doubt` once its socket closed before the server took it."""

    marker: Marker
    at: float
    in_doubt: bool = False


@dataclass(slots=True)
class StatusCounts:
    """What became of all statuses, and the edges dashboards showed."""

    sent: int = 0
    delivered: int = 0
    conflated: int = 0
    lost: int = 0
    out_of_order: int = 0
    refused: int = 0
    unconfirmed: int = 0
    unwatched: int = 0
    unsettled: int = 0
    skipped: int = 0
    joined: int = 0
    left: int = 0
    not_alternating: int = 0


class Sighting:
    """One student as one dashboard shows them; versions and edges hold within one connection."""

    def __init__(self, counts: StatusCounts, latencies: Latencies) -> None:
        self._counts = counts
        self._latencies = latencies
        self._waiting: deque[SentStatus] = deque()
        self._passed: deque[Marker] = deque(maxlen=REMEMBERED)
        self._shown: Marker | None = None
        self._version = -1
        self._in_class = False

    @property
    def waiting(self) -> int:
        """Count what was sent and is not settled."""
        return len(self._waiting)

    def reset(self) -> None:
        """Forget what the last connection showed; a snapshot of a new one follows."""
        self._version, self._shown = -1, None
        self._passed.clear()

    def send(self, sent: SentStatus) -> None:
        """Expect a status."""
        self._waiting.append(sent)
        if len(self._waiting) > EXPECTED:
            self._waiting.popleft()
            self._counts.unwatched += 1

    def refuse(self, sent: SentStatus) -> None:
        """Expect it no longer: the server refused it."""
        if sent in self._waiting:
            self._waiting.remove(sent)
            self._counts.refused += 1

    def edge(self, action: str) -> None:
        """Hold a join or a leave against the last one."""
        joins = action == "student_joined"
        self._counts.joined += joins
        self._counts.left += not joins
        self._counts.not_alternating += joins == self._in_class
        self._in_class = joins

    def seed(self, in_class: bool) -> None:
        """Take over from a snapshot who is in class."""
        self._in_class = in_class

    def see(self, marker: Marker, version: int, now: float) -> None:
        """Settle what the dashboard shows, and everything before it."""
        if version < self._version:
            self._counts.out_of_order += 1
            return
        self._version = version
        if marker == self._shown:
            return
        if marker in self._passed:
            self._counts.out_of_order += 1
        elif any(sent.marker == marker for sent in self._waiting):
            while (sent := self._waiting.popleft()).marker != marker:
                self._counts.conflated += 1
                self._passed.append(sent.marker)
            self._counts.delivered += 1
            self._passed.append(marker)
            self._latencies.add(now - sent.at)
        self._shown = marker

    def give_up(self, before: float) -> None:
        """Count what was sent before `before` and is still not shown as lost."""
        while self._waiting and self._waiting[0].at < before:
            if self._waiting.popleft().in_doubt:
                self._counts.unconfirmed += 1
            else:
                self._counts.lost += 1

    def leave_unwatched(self) -> None:
        """Stop expecting: the student is not on this dashboard any more."""
        self._counts.unwatched += len(self._waiting)
        self._waiting.clear()

    def leave_unsettled(self) -> None:
        """Stop expecting: the simulation was stopped before the deadline."""
        self._counts.unsettled += len(self._waiting)
        self._waiting.clear()
