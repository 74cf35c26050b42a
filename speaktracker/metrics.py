"""What Prometheus is told. A leaf: cheap enough for every message, and it knows no room."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

from speaktracker import clock

RemovalCause = Literal["disconnect", "expiry", "reaper"]
Way = Literal["bearer", "ticket", "cookie", "none"]
RefusedTry = Literal["waiting", "busy"]

# A client may name any type; only these become label values, so that nobody can flood Prometheus.
MESSAGE_TYPES = frozenset(
    {
        *("connection", "status", "help", "dashboard"),
        *("feedback", "feedback_ack", "feedback_status", "ping"),
    }
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
_clock = Gauge(
    "speaktracker_clock_offset_seconds",
    "How far the database's clock is ahead of this machine's",
    multiprocess_mode="livemostrecent",
)
_counted_alone = Counter(
    "speaktracker_throttle_fallback_calls",
    "Counts of the call limits that one process kept alone, because the cache was away",
)
_foreign = Counter(
    "speaktracker_foreign_events",
    "Events on Redis without this installation's signature, which were dropped",
)
_refused_tries = Counter(
    "speaktracker_sign_in_refusals",
    "Passwords and codes that were not even compared, by why",
    ["reason"],
)
_unreadable = Counter(
    "speaktracker_unreadable_texts",
    "Times a text that is stored encrypted could not be read, by why",
    ["reason"],
)

_pool_keys_fetched = Counter(
    "speaktracker_cognito_key_fetches", "Times the user pool's keys were asked for", ["outcome"]
)
_pool_tokens_checked = Counter(
    "speaktracker_cognito_token_checks",
    "Times the user pool was asked about a token or its person",
    ["outcome"],
)
_management_calls = Counter(
    "speaktracker_management_calls",
    "Calls of the Management API by the id of their key, method and HTTP status",
    ["key", "method", "status"],
)
_management_seconds = Histogram(
    "speaktracker_management_seconds",
    "From the head of a call of the Management API to its answer",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
_lines_lost = Counter(
    "speaktracker_log_lines_lost",
    "Lines of the log that did not fit while its output stood still or refused them",
)
_unpublished = Counter(
    "speaktracker_events_unpublished", "Events that other processes did not get, Redis being away"
)
_unaccepted = Counter("speaktracker_accepts_refused", "Times the file limit let nobody more in")
_accepted = Counter(
    "speaktracker_connects_accepted", "Sockets that were let in, by what said who came", ["way"]
)
_refused = Counter(
    "speaktracker_connects_refused",
    "Sockets that were refused, by the code they were told and by what said who came",
    ["code", "way"],
)

# Alert rules divide these: they must stand at zero before the first event.
for _user_type in ("student", "tutor"):
    _active.labels(_user_type)
for _way in ("bearer", "ticket", "cookie", "none"):
    _accepted.labels(_way)
    _refused.labels("INVALID_CREDENTIALS", _way)
for _cause in ("disconnect", "expiry", "reaper"):
    _removed.labels(_cause)
for _reason in ("waiting", "busy"):
    _refused_tries.labels(_reason)
for _reason in ("damaged", "moved", "unknown_key"):
    _unreadable.labels(_reason)
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


@dataclass(slots=True)
class _StatusDelay:
    received: float
    is_observed: bool = False

    def observe(self, written: bool) -> None:
        if written and not self.is_observed:
            self.is_observed = True
            # Another machine received it, whose clock may be a little ahead.
            _delay.observe(max(clock.epoch() - self.received, 0.0))


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


def mirror_stands(lag_seconds: float, backlog: int) -> None:
    """Say how far the mirror is behind."""
    _mirror_lag.set(lag_seconds)
    _mirror_backlog.set(backlog)


def clock_measured(seconds_ahead: float) -> None:
    """Say how far the database's clock is ahead of this machine's."""
    _clock.set(seconds_ahead)


def call_counted_alone() -> None:
    """Note one count of a call limit that only this process knows."""
    _counted_alone.inc()


def cognito_keys_fetched(outcome: Literal["success", "error"]) -> None:
    """Count a fetch of the user pool's keys."""
    _pool_keys_fetched.labels(outcome).inc()


def cognito_token_checked(outcome: str) -> None:
    """Count a question to the user pool by its answer: `stands`, `ended` or `unknown`."""
    _pool_tokens_checked.labels(outcome).inc()


def foreign_event_dropped() -> None:
    """Note one event that came by Redis and was not this installation's."""
    _foreign.inc()


def note_unreadable(reason: str) -> None:
    """Count a text that could not be decrypted: `damaged`, `moved` or `unknown_key`."""
    _unreadable.labels(reason).inc()


def try_refused(reason: RefusedTry) -> None:
    """Count a sign-in that has to wait after failures, or that came while too many hashed."""
    _refused_tries.labels(reason).inc()


def management_called(key_id: str, method: str, status: int, seconds: float) -> None:
    """Count a call of the Management API and how long it took."""
    _management_calls.labels(key_id, method, str(status)).inc()
    _management_seconds.observe(seconds)


def log_line_lost() -> None:
    """Count a line of the log that did not fit; callable from any thread."""
    _lines_lost.inc()


def connect_answered(way: Way, code: str | None = None) -> None:
    """Count a socket that was let in, or refused with `code` of `realtime.protocol.codes`."""
    (_refused.labels(code, way) if code else _accepted.labels(way)).inc()


def event_unpublished() -> None:
    """Count an event that stayed in this process."""
    _unpublished.inc()


def accept_refused() -> None:
    """Count that no file was left for who came."""
    _unaccepted.inc()
