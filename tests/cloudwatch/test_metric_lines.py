"""Which process says what to CloudWatch."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models.functions import Now

from realtime.models import Connection, ServerLease
from realtime.presence.server_leases import ProcessLease
from speaktracker import clock, db, logs, metrics
from speaktracker.cloudwatch.metric_lines import MetricLines
from speaktracker.configuration.cloudwatch_settings import cloudwatch_settings
from speaktracker.exceptions import Unavailable
from speaktracker.metrics import classroom_metrics
from speaktracker.persistence.relay.relay import Relay
from speaktracker.roster.models import User
from tests.cloudwatch.added_up import documents, values

FIRST_FIELDS = [
    *("timestamp", "event_type", "connection_id", "user_email", "message_type", "status"),
    "duration_ms",
]


@pytest.fixture(autouse=True)
def emf(settings: Any) -> Iterator[None]:
    settings.EMF_NAMESPACE, settings.STACK = "School", "here"
    metrics.take_delays(1)  # of other tests
    yield
    classroom_metrics._delay_sample.is_kept = False


def lease_of(boot_id: str, alive: bool = True) -> ProcessLease:
    lease = ProcessLease()
    lease.boot_id = boot_id
    ServerLease.objects.create(
        boot_id=boot_id, host="h", pid=1, process_started=1, renewed_at=Now()
    )
    if not alive:
        ServerLease.objects.filter(boot_id=boot_id).update(renewed_at="2026-01-01T00:00:00Z")
    return lease


def connect_at(server_id: str, number: int) -> None:
    user = User.objects.create(email=f"s{number}@school.example", user_type="student")
    Connection.objects.create(
        connection_id=f"connection{number}",
        user=user,
        user_email=user.email,
        user_type="student",
        server_id=server_id,
        channel="c",
        connected_at=Now(),
        expires_at="2100-01-01T00:00:00Z",
    )


@pytest.mark.django_db(transaction=True)
async def test_without_a_mirror_the_first_living_process_tells_for_all() -> None:
    leases = [await db.write(lease_of, name, name != "a") for name in ("a", "b", "c")]
    for number, name in enumerate(("a", "b", "c", "c")):
        await db.write(connect_at, name, number)
    told = [await MetricLines(lease, None).cluster_figures() for lease in leases]
    assert told == [{}, {"ActiveConnections": 3}, {}]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("holds", [True, False])
async def test_with_a_mirror_the_relay_tells_for_all(settings: Any, holds: bool) -> None:
    settings.MIRROR = "dynamodb"
    lease = await db.write(lease_of, "a")
    relay = Relay()
    if holds:
        assert await relay._lease.claim()
    told = await MetricLines(lease, relay).cluster_figures()
    figures = {"ActiveConnections": 0, "MirrorLag": 0.0, "MirrorSetAside": 0}
    assert told == (figures if holds else {})


async def test_figures_that_cannot_be_read_are_absent_and_never_zero(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def unreachable(*_: object) -> None:
        raise Unavailable("the database did not answer")

    monkeypatch.setattr(db, "read", unreachable)
    assert await MetricLines(ProcessLease(), None).cluster_figures() == {}


def test_each_number_stands_in_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    metrics.handled("status").inc()
    lines = MetricLines(ProcessLease(), None)
    metrics.handled("status").inc(5)
    metrics.handled("feedback", "error").inc(2)
    metrics.connections_removed("disconnect", 3)
    metrics.connections_removed("reaper", 1)
    metrics.connections_removed("expiry", 1)
    delay = metrics.status_delay(clock.epoch() - 3)
    for written in (False, True, True):
        delay(written)
    lines.write({"ActiveConnections": 7})
    lines.write_last()

    logs.flush()  # another test may have begun the thread that writes
    told = documents(capfd.readouterr().out.splitlines())
    assert values(told, "Messages") == [7, 0]
    assert values(told, "MessageErrors") == [2, 0]
    assert values(told, "ConnectionsRemoved") == [5, 0]
    assert values(told, "ConnectionsLost") == [2, 0]
    assert values(told, "ActiveConnections") == [7]
    assert values(told, "MessageDelay") == [pytest.approx(3, abs=1)]


def test_a_line_begins_as_every_line_of_the_log_does_and_names_nobody(
    capfd: pytest.CaptureFixture[str],
) -> None:
    MetricLines(ProcessLease(), None).write_last()
    logs.flush()
    (document,) = documents([capfd.readouterr().out])
    assert list(document)[: len(FIRST_FIELDS)] == FIRST_FIELDS
    assert (document["event_type"], document["message_type"]) == ("message", "metrics")
    assert document["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["Stack"]]
    assert document["Stack"] == "here"


@pytest.mark.parametrize(
    ("variable", "value"),
    [("EMF_NAMESPACE", "AWS/Mine"), ("EMF_NAMESPACE", "a b"), ("EMF_SECONDS", "0")],
)
def test_a_wrong_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(Exception, match=variable):
        cloudwatch_settings()
