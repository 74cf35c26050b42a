"""Sockets, messages and deliveries: what the classroom does."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from prometheus_client import Counter, Gauge, Histogram

from speaktracker.metrics.delay_sample import DelaySample
from speaktracker.metrics.turn_counts import TurnCounts

RemovalCause = Literal["disconnect", "expiry", "reaper"]
Way = Literal["bearer", "ticket", "cookie", "none"]

# A client may name any type; only these become label values, so that nobody can flood Prometheus.
MESSAGE_TYPES = frozenset(
    {
        *("connection", "status", "help", "dashboard"),
        *("feedback", "feedback_ack", "feedback_status", "ping"),
    }
)
OTHER = "other"
# Why a socket is refused, and what is our own fault of whatever is answered: alerts read these.
REFUSALS = (
    *("INVALID_CREDENTIALS", "TUTOR_NOT_FOUND", "FORBIDDEN"),
    *("TOO_MANY_CONNECTIONS", "RATE_LIMITED", "UNAVAILABLE"),
)
OUR_FAULTS = ("DELIVERY_FAILED", "INTERNAL_ERROR", "UNAVAILABLE")

_active = Gauge(
    "speaktracker_active_connections",
    "Open sockets of this process",
    ["user_type"],
    multiprocess_mode="livesum",
)
_delay = Histogram(
    "speaktracker_message_delay_seconds",
    "From receiving a status to writing it on a dashboard's socket",
    buckets=(
        *(0.0001, 0.00025, 0.0005),  # where most are, in a process that has time
        *(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    ),
)
_messages = Counter(
    "speaktracker_messages", "Messages and API calls handled", ["message_type", "status"]
)
_errors = Counter("speaktracker_errors", "Errors by the code they were answered with", ["code"])
_removed = Counter(
    "speaktracker_connections_removed", "Connection records removed, by what did it", ["cause"]
)
_accepted = Counter(
    "speaktracker_connects_accepted", "Sockets that were let in, by what said who came", ["way"]
)
_refused = Counter(
    "speaktracker_connects_refused",
    "Sockets that were refused, by the code they were told and by what said who came",
    ["code", "way"],
)

# Alert rules compare these: what grows must have stood at zero, or its first growth is not seen.
for _user_type in ("student", "tutor"):
    _active.labels(_user_type)
for _way in ("bearer", "ticket", "cookie", "none"):
    _accepted.labels(_way)
    for _code in REFUSALS:
        _refused.labels(_code, _way)
for _code in OUR_FAULTS:
    _errors.labels(_code)
for _cause in ("disconnect", "expiry", "reaper"):
    _removed.labels(_cause)
_handled = {
    (_type, _status): _messages.labels(_type, _status)
    for _type in (*sorted(MESSAGE_TYPES), OTHER)
    for _status in ("success", "error")
}


def connection_opened(user_type: str) -> None:
    """Count a socket of a `student` or `tutor` that opened."""
    _active.labels(user_type).inc()


def connection_closed(user_type: str) -> None:
    """Count a socket that `connection_opened` counted as closed."""
    _active.labels(user_type).dec()


def connections_removed(cause: RemovalCause, count: int = 1) -> None:
    """Count connection records that were removed."""
    _removed.labels(cause).inc(count)


def handled(message_type: str, status: Literal["success", "error"] = "success") -> Counter:
    """Return what counts one message of a client, or one API call that stands for it, by `inc`."""
    return _handled.get((message_type, status)) or _handled[OTHER, status]


def error_answered(code: str) -> None:
    """Count an error by its code of `realtime.protocol.codes.ErrorCode`."""
    _errors.labels(code).inc()


@dataclass(frozen=True, slots=True)
class Totals:
    """What this process has counted so far."""

    messages: float
    message_errors: float
    connections_removed: float
    # Of those, the ones that no disconnect removed.
    connections_lost: float

    def since(self, earlier: "Totals") -> "Totals":
        """Return what was counted after `earlier`."""
        return Totals(
            self.messages - earlier.messages,
            self.message_errors - earlier.message_errors,
            self.connections_removed - earlier.connections_removed,
            self.connections_lost - earlier.connections_lost,
        )


def totals() -> Totals:
    """Read what this process has counted, in whatever folder it keeps that."""
    messages = [one for family in _messages.collect() for one in family.samples]
    removed = [one for family in _removed.collect() for one in family.samples]
    return Totals(
        sum(one.value for one in messages),
        sum(one.value for one in messages if one.labels["status"] == "error"),
        sum(one.value for one in removed),
        sum(one.value for one in removed if one.labels["cause"] != "disconnect"),
    )


_delay_sample = DelaySample()


def keep_delays() -> None:
    """Keep single delays from here on, for `take_delays`."""
    _delay_sample.is_kept = True


def take_delays(most: int) -> list[float]:
    """Return delays (s) since the last call; `most` values stand for all where there are more."""
    return _delay_sample.take(most)


_turn_counts = TurnCounts(_delay, _delay_sample)
count_soon = _turn_counts.count
status_written = _turn_counts.written


@dataclass(slots=True)
class _StatusDelay:
    received: float
    is_observed: bool = False

    def observe(self, written: bool) -> None:
        if written and not self.is_observed:
            self.is_observed = True
            _turn_counts.observe([self.received])


_latest_delay = _StatusDelay(0.0)


def status_delay(received: float) -> Callable[[bool], None]:
    """Return what observes the delay of a status that came at `received` (epoch s), once.

    It is called with whether the frame was written on a dashboard's socket. Of the dashboards of a
    process that show one status, all but the slow show it in the same turn: they share it.
    """
    global _latest_delay  # noqa: PLW0603 - the one that is being shown
    delay = _latest_delay
    if delay.received != received:
        delay = _latest_delay = _StatusDelay(received)
    return delay.observe


def connect_answered(way: Way, code: str | None = None) -> None:
    """Count a socket that was let in, or refused with `code` of `realtime.protocol.codes`."""
    (_refused.labels(code, way) if code else _accepted.labels(way)).inc()
