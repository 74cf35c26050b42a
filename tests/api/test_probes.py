"""What watches the process."""

from types import SimpleNamespace

import pytest
from django.db.migrations.recorder import MigrationRecorder
from django.test import AsyncClient
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import DjangoAssertNumQueries

from speaktracker import clock, db, drain_state, metrics, probes
from speaktracker.db.fitness import migration_state
from speaktracker.db.fitness.migration_state import MigrationState
from speaktracker.exceptions import Unavailable
from speaktracker.persistence.health import MirrorHealth

pytestmark = pytest.mark.django_db(transaction=True)


async def unreachable(*_: object) -> None:
    raise Unavailable("the database did not answer")


@pytest.mark.parametrize("path", ["/healthz", "/healthz/"])
async def test_a_living_process_says_so(async_client: AsyncClient, path: str) -> None:
    answer = await async_client.get(path)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert "no-store" in answer.headers["Cache-Control"]


async def test_a_ready_process_says_what_it_stands_on(async_client: AsyncClient) -> None:
    answer = await async_client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"
    assert answer.json()["parts"] == {"database": "ok", "channel_layer": "ok", "mirror": "off"}


async def test_a_draining_process_wants_no_traffic(
    async_client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain_state, "_draining", True)
    answer = await async_client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "draining")
    assert (await async_client.get("/healthz")).status_code == 200


async def test_without_the_database_a_process_is_not_ready(
    async_client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "read", unreachable)
    answer = await async_client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")
    assert (await async_client.get("/healthz")).status_code == 200
    shown = await async_client.get("/metrics")
    assert "speaktracker_database_up 0.0\n" in shown.content.decode()


@pytest.mark.parametrize("was_read", [True, False])
async def test_figures_that_cannot_be_read_are_old_or_absent_and_never_zero(
    async_client: AsyncClient, monkeypatch: pytest.MonkeyPatch, was_read: bool
) -> None:
    monkeypatch.setattr(probes, "_mirror_was_read", was_read)
    metrics.mirror_stands(61, 7, 0)
    monkeypatch.setattr(db, "read", unreachable)
    text = (await async_client.get("/metrics")).content.decode()
    assert ("speaktracker_mirror_lag_seconds 61.0\n" in text) is was_read
    assert ("\nspeaktracker_mirror_" in text) is was_read


async def test_without_the_channel_layer_a_process_is_degraded(
    async_client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "get_channel_layer", lambda: SimpleNamespace(healthy=False))
    answer = await async_client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    shown = (await async_client.get("/metrics")).content.decode()
    assert "speaktracker_channel_layer_up 0.0\n" in shown
    assert "speaktracker_database_up 1.0\n" in shown


async def test_without_the_mirror_a_process_is_degraded(
    async_client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "mirror_health", lambda: MirrorHealth("degraded", 61.5, 7, 2))
    answer = await async_client.get("/readyz")
    assert (answer.status_code, answer.json()["parts"]["mirror"]) == (200, "degraded")
    metrics = (await async_client.get("/metrics")).content.decode()
    assert "speaktracker_mirror_lag_seconds 61.5\n" in metrics
    assert "speaktracker_mirror_backlog_changes 7.0\n" in metrics
    assert "speaktracker_mirror_set_aside_changes 2.0\n" in metrics


async def test_a_database_without_the_newest_migration_is_not_worked_on_until_it_is_there(
    async_client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "migration_state", MigrationState())
    monkeypatch.setattr(migration_state, "PAUSE_SECONDS", 0)
    applied = MigrationRecorder.Migration.objects
    name = await applied.filter(app="realtime").order_by("-name").afirst()
    assert name is not None
    await applied.filter(pk=name.pk).adelete()
    try:
        answer = await async_client.get("/readyz")
        assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")
        reason = answer.json()["reasons"]["database"]
        assert reason == f"Migrations are missing (realtime.{name.name}): run `manage.py migrate`."
    finally:
        await applied.acreate(app=name.app, name=name.name)
    # A later release has been here first: what it has applied is no trouble.
    later = await applied.acreate(app="realtime", name="9999_later")
    assert (await async_client.get("/readyz")).status_code == 200
    await later.adelete()


def test_what_is_migrated_is_never_asked_again(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    state = MigrationState()
    assert not state.trouble()
    with django_assert_num_queries(0):
        assert not state.trouble()


async def test_what_is_degraded_says_why(
    async_client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer = SimpleNamespace(healthy=False, trouble="no answer within 1.0 s")
    monkeypatch.setattr(probes, "get_channel_layer", lambda: layer)
    trouble = MirrorHealth("degraded", trouble="The AWS credentials have run out: renew them.")
    monkeypatch.setattr(probes, "mirror_health", lambda: trouble)
    monkeypatch.setattr(probes, "files_needed", lambda *_: 10**9)
    monkeypatch.setattr(clock, "_ahead", 7_000_000)
    answer = (await async_client.get("/readyz")).json()
    assert answer["status"] == "degraded"
    assert answer["reasons"] == {
        "channel_layer": f"Redis cannot be used: {layer.trouble}",
        "mirror": trouble.trouble,
    }
    off, limit = answer["warnings"]
    assert off.startswith("This machine's clock is 7.0 s behind the database's")
    assert limit.startswith("The file limit of this process is")


async def test_prometheus_can_read_the_metrics(async_client: AsyncClient) -> None:
    answer = await async_client.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain")
    names = {family.name for family in text_string_to_metric_families(answer.content.decode())}
    assert {
        "speaktracker_active_connections",
        "speaktracker_message_delay_seconds",
        "speaktracker_messages",
        "speaktracker_connections_removed",
        "speaktracker_mirror_lag_seconds",
    } <= names
