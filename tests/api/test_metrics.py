"""What Prometheus is told."""

import time

import pytest
from prometheus_client import REGISTRY

from speaktracker import metrics


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"speaktracker_{name}", labels) or 0.0


def test_open_sockets_are_counted_by_role() -> None:
    before = value("active_connections", user_type="tutor")
    metrics.connection_opened("tutor")
    metrics.connection_opened("tutor")
    metrics.connection_closed("tutor")
    assert value("active_connections", user_type="tutor") == before + 1


def test_a_type_nobody_knows_makes_no_series_of_its_own() -> None:
    before = value("messages_total", message_type="other", status="error")
    metrics.handled("<script>", "error").inc()
    assert value("messages_total", message_type="other", status="error") == before + 1
    assert REGISTRY.get_sample_value("speaktracker_messages_total", {"message_type": "x"}) is None


@pytest.mark.parametrize("cause", ["disconnect", "expiry", "reaper"])
def test_removed_records_are_counted_by_what_removed_them(
    cause: metrics.RemovalCause,
) -> None:
    before = value("connections_removed_total", cause=cause)
    metrics.connections_removed(cause, 3)
    assert value("connections_removed_total", cause=cause) == before + 3


def test_five_seconds_is_a_bound_of_the_delay() -> None:
    before = value("message_delay_seconds_bucket", le="5.0")
    for delay in (4.9, 5.1):
        metrics.status_delay(time.time() - delay)(True)
    assert value("message_delay_seconds_bucket", le="5.0") == before + 1


def test_errors_are_counted_by_code() -> None:
    before = value("errors_total", code="FORBIDDEN")
    metrics.error_answered("FORBIDDEN")
    assert value("errors_total", code="FORBIDDEN") == before + 1
