"""What the process depends on and how it fares: stores, clock, log, files."""

from collections.abc import Mapping
from typing import Literal

from prometheus_client import Counter, Gauge, Histogram

RefusedTry = Literal["waiting", "busy"]

_mirrored = Counter(
    "speaktracker_mirror_items",
    "Items written to DynamoDB, or deleted there, by table",
    ["table"],
)

# Of several workers the one that answers has just looked: what others saw before it is old.
_mirror_lag = Gauge(
    "speaktracker_mirror_lag_seconds",
    "Age of the oldest change that DynamoDB still waits for",
    multiprocess_mode="livemostrecent",
)
_mirror_backlog = Gauge(
    "speaktracker_mirror_backlog_changes",
    "Changes that DynamoDB still waits for",
    multiprocess_mode="livemostrecent",
)
_mirror_set_aside = Gauge(
    "speaktracker_mirror_set_aside_changes",
    "Changes that DynamoDB refused for good, until staff try them again",
    multiprocess_mode="livemostrecent",
)
# These are of the process: workers of one port add up.
_mirror_shares = Gauge(
    "speaktracker_mirror_shares",
    "Sixtieths of the keys whose changes this process carries over to DynamoDB",
    multiprocess_mode="livesum",
)
_mirror_waiting = Gauge(
    "speaktracker_mirror_waiting_changes",
    "Changes that wait for this process, as it counted them within the last ten seconds",
    multiprocess_mode="livesum",
)
# Of several workers the one that answers has just looked.
_database_up = Gauge(
    "speaktracker_database_up",
    "1 while the database answers and takes what is written, else 0",
    multiprocess_mode="livemostrecent",
)
_channel_layer_up = Gauge(
    "speaktracker_channel_layer_up",
    "1 while Redis can be used, or none is needed, else 0",
    multiprocess_mode="livemostrecent",
)
_redis_node_up = Gauge(
    "speaktracker_redis_node_up",
    "1 while a node of the Redis Cluster can be used, else 0; those that serve nothing any more: 1",
    ["node"],
    multiprocess_mode="livemostrecent",
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
_unpublished = Counter(
    "speaktracker_events_unpublished", "Events that other processes did not get, Redis being away"
)
_lines_lost = Counter(
    "speaktracker_log_lines_lost",
    "Lines of the log that did not fit while its output stood still or refused them",
)
_unaccepted = Counter("speaktracker_accepts_refused", "Times the file limit let nobody more in")
_unreadable = Counter(
    "speaktracker_unreadable_texts",
    "Times a text that is stored encrypted could not be read, by why",
    ["reason"],
)
_refused_tries = Counter(
    "speaktracker_sign_in_refusals",
    "Passwords and codes that were not even compared, by why",
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

# Those that were ever told.
_redis_nodes: dict[str, bool] = {}
# Alert rules divide these: they must stand at zero before the first event.
for _reason in ("waiting", "busy"):
    _refused_tries.labels(_reason)
for _reason in ("damaged", "moved", "unknown_key"):
    _unreadable.labels(_reason)


def items_mirrored(table: str, count: int) -> None:
    """Note how many items of a table this process has written to DynamoDB, or deleted there."""
    _mirrored.labels(table).inc(count)


def mirror_stands(lag_seconds: float, backlog: int, set_aside: int) -> None:
    """Say how far the mirror is behind, and how many changes it has given up."""
    _mirror_lag.set(lag_seconds)
    _mirror_backlog.set(backlog)
    _mirror_set_aside.set(set_aside)


def relay_stands(shares: int, waiting: int) -> None:
    """Say how many shares of the mirror this process carries over, and how many changes wait."""
    _mirror_shares.set(shares)
    _mirror_waiting.set(waiting)


def stores_stand(database: bool, channel_layer: bool) -> None:
    """Say which of what the process stands on can be used."""
    _database_up.set(database)
    _channel_layer_up.set(channel_layer)


def redis_nodes_stand(nodes: Mapping[str, bool]) -> None:
    """Say of each node of a Redis Cluster whether it can be used."""
    for node in _redis_nodes.keys() - nodes.keys():
        _redis_node_up.labels(node).set(1)  # one that has left is missed by nobody
    for node, is_up in nodes.items():
        _redis_node_up.labels(node).set(is_up)
    _redis_nodes.update(nodes)


def clock_measured(seconds_ahead: float) -> None:
    """Say how far the database's clock is ahead of this machine's."""
    _clock.set(seconds_ahead)


def call_counted_alone() -> None:
    """Note one count of a call limit that only this process knows."""
    _counted_alone.inc()


def foreign_event_dropped() -> None:
    """Note one event that came by Redis and was not this installation's."""
    _foreign.inc()


def event_unpublished() -> None:
    """Count an event that stayed in this process."""
    _unpublished.inc()


def log_line_lost() -> None:
    """Count a line of the log that did not fit; callable from any thread."""
    _lines_lost.inc()


def accept_refused() -> None:
    """Count that no file was left for who came."""
    _unaccepted.inc()


def note_unreadable(reason: str) -> None:
    """Count a text that could not be decrypted: `damaged`, `moved` or `unknown_key`."""
    _unreadable.labels(reason).inc()


def try_refused(reason: RefusedTry) -> None:
    """Count a sign-in that has to wait after failures, or that came while too many hashed."""
    _refused_tries.labels(reason).inc()


def cognito_keys_fetched(outcome: Literal["success", "error"]) -> None:
    """Count a fetch of the user pool's keys."""
    _pool_keys_fetched.labels(outcome).inc()


def cognito_token_checked(outcome: str) -> None:
    """Count a question to the user pool by its answer: `stands`, `ended` or `unknown`."""
    _pool_tokens_checked.labels(outcome).inc()


def management_called(key_id: str, method: str, status: int, seconds: float) -> None:
    """Count a call of the Management API and how long it took."""
    _management_calls.labels(key_id, method, str(status)).inc()
    _management_seconds.observe(seconds)
