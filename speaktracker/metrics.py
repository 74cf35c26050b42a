"""What Prometheus is told. A leaf: cheap enough for every message, and it knows no room."""

import time
from collections.abc import Callable
from functools import lru_cache
from typing import Literal

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

RemovalCause = Literal["disconnect", "expiry", "reaper"]

# A client may name any type; only these become label values, so that nobody can flood Prometheus.
MESSAGE_TYPES = frozenset(
    {"connection", "status", "dashboard", "feedback", "feedback_ack", "feedback_status", "ping"}
)
OTHER = "other"

disable_created_metrics()  # type: ignore[no-untyped-call]

_active = Gauge(
    "speaktracker_active_connections",
    "Open sockets of this process",
    ["user_type"],
    multiprocess_mode="livesum",
)
_delay = Histogram(
    "speaktracker_message_delay_seconds",
    "From receiving a status to writing it on a dashboard's socket",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
_messages = Counter(
    "speaktracker_messages", "Messages and API calls handled", ["message_type", "status"]
)
_errors = Counter("speaktracker_errors", "Errors by the code they were answered with", ["code"])
_removed = Counter(
    "speaktracker_connections_removed", "Connection records removed, by what did it", ["cause"]
)
_mirror_lag = Gauge(
    "speaktracker_mirror_lag_seconds",
    "Age of the oldest change that DynamoDB still waits for",
    multiprocess_mode="livemax",
)
_mirror_backlog = Gauge(
    "speaktracker_mirror_backlog_changes",
    "Changes that DynamoDB still waits for",
    multiprocess_mode="livemax",
)
_counted_alone = Counter(
    "speaktracker_throttle_fallback_calls",
    "Counts of the call limits that one process kept alone, because the cache was away",
)

# Alert rules divide these: they must stand at zero before the first event.
for _user_type in ("student", "tutor"):
    _active.labels(_user_type)
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


# Of the dashboards of a process that show one status, all but the slow show it at once, in the
# same turn of the loop: they share one observation.
@lru_cache(maxsize=1)
def status_delay(received: float) -> Callable[[bool], None]:
    """Make what observes the delay of a status that came at `received` (epoch s), once.

    It is called with whether the frame was written on a dashboard's socket.
    """
    observed = False

    def observe(written: bool) -> None:
        nonlocal observed
        if written and not observed:
            observed = True
            _delay.observe(time.time() - received)

    return observe


def mirror_stands(lag_seconds: float, backlog: int) -> None:
    """Say how far the mirror is behind."""
    _mirror_lag.set(lag_seconds)
    _mirror_backlog.set(backlog)


def call_counted_alone() -> None:
    """Note one count of a call limit that only this process knows."""
    _counted_alone.inc()
