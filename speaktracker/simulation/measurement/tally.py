"""Everything a simulation counts, and its figures."""

import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from speaktracker.simulation.measurement.latency import Latencies
from speaktracker.simulation.measurement.sightings import StatusCounts


@dataclass(slots=True)
class FeedbackCounts:
    """What became of the feedback given."""

    given: int = 0
    delivered: int = 0
    queued: int = 0
    refused: int = 0
    refused_yet_delivered: int = 0
    lost: int = 0
    twice: int = 0
    unsettled: int = 0


@dataclass(slots=True)
class Tally:
    """Counters and durations of one run; times are of time.monotonic()."""

    status: StatusCounts = field(default_factory=StatusCounts)
    feedback: FeedbackCounts = field(default_factory=FeedbackCounts)
    shown: Latencies = field(default_factory=Latencies)
    acks: Latencies = field(default_factory=Latencies)
    arrived: Latencies = field(default_factory=Latencies)
    handshakes: Latencies = field(default_factory=Latencies)
    errors: Counter[str] = field(default_factory=Counter)
    closes: Counter[int] = field(default_factory=Counter)
    open_sockets: int = 0
    reconnects: int = 0
    ramp_seconds: float = 0.0
    ramp_handshakes: int = 0
    lag: float = 0.0
    started: float = field(default_factory=time.monotonic)
    ended: float | None = None

    @property
    def seconds(self) -> float:
        """How long statuses have been sent."""
        return max((self.ended or time.monotonic()) - self.started, 1e-9)

    @property
    def is_good(self) -> bool:
        """Tell whether nothing was lost, out of order, twice or without its counterpart."""
        status, feedback = self.status, self.feedback
        wrong = (status.lost, status.out_of_order, status.not_alternating)
        return not any((*wrong, feedback.lost, feedback.twice))

    def figures(self) -> dict[str, Any]:
        """Sum up as what `--json` writes."""
        latencies = {
            "status": self.shown,
            "ack": self.acks,
            "feedback": self.arrived,
            "handshake": self.handshakes,
        }
        return {
            "ok": self.is_good,
            "seconds": round(self.seconds, 3),
            "status": {**asdict(self.status), "per_second": self._rate(self.status.sent)},
            "shown_per_second": self._rate(self.status.delivered),
            "feedback": asdict(self.feedback),
            "latency_ms": {name: found.figures() for name, found in latencies.items()},
            "sockets": {
                "handshakes": self.handshakes.count,
                "handshakes_per_second": self.handshake_rate,
                "reconnects": self.reconnects,
                "closes": {str(code): n for code, n in sorted(self.closes.items())},
            },
            "errors": dict(sorted(self.errors.items())),
            "own_lag_ms": round(self.lag * 1000, 2),
        }

    @property
    def handshake_rate(self) -> float:
        """Handshakes a second while everybody came in."""
        return round(self.ramp_handshakes / self.ramp_seconds, 1) if self.ramp_seconds else 0.0

    def _rate(self, count: int) -> float:
        return round(count / self.seconds, 1)
