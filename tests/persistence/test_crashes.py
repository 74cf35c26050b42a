"""A relay's process is killed at the worst moment, and another one goes on."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings as product
from django.db import connection, transaction
from pytest_django import Settings

from speaktracker.db.threads import write
from speaktracker.persistence.health import mirror_health
from speaktracker.persistence.models import RelayLease
from speaktracker.persistence.tables import CONNECTIONS
from tests.persistence import shelf
from tests.persistence.conftest import Relaying
from tests.persistence.faults import FaultProxy
from tests.persistence.mirror import Mirror, until


def _database_url() -> str:
    """Name this test's own database for another process."""
    place: dict[str, Any] = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{place['NAME']}"
    user, host, port = place["USER"], place["HOST"] or "localhost", place["PORT"] or 5432
    return f"postgres://{user}:{place['PASSWORD']}@{host}:{port}/{place['NAME']}"


@contextmanager
def _relay_process() -> Iterator["subprocess.Popen[bytes]"]:
    environment = {
        **os.environ,
        "DATABASE_URL": _database_url(),
        "MIRROR": "dynamodb",
        "STACK": product.STACK,
        "AWS_REGION": product.AWS_REGION,
        "DYNAMODB_ENDPOINT_URL": product.DYNAMODB_ENDPOINT_URL,
    }
    words = [sys.executable, "-m", "tests.persistence.relay_process"]
    with subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


async def _kill_in_a_call(mirror: Mirror, proxy: FaultProxy, fault: str) -> None:
    """Kill a relay's process with -9 while a batch of its is with the store."""
    await proxy.goes_wrong(fault)
    with _relay_process() as process:
        await mirror.put(CONNECTIONS, *shelf.some_connections(60, "during"))
        async with asyncio.timeout(60):
            await proxy.misbehaved.wait()
        process.send_signal(signal.SIGKILL)
    await proxy.recovers()


@pytest.mark.parametrize(
    "fault",
    ["swallow", *(pytest.param(fault, marks=pytest.mark.soak) for fault in ("hang", "partial"))],
)
async def test_a_process_killed_in_a_batch_loses_nothing(
    mirror: Mirror, proxy: FaultProxy, relaying: Relaying, fault: str
) -> None:
    await mirror.put(CONNECTIONS, *shelf.some_connections(30))
    await _kill_in_a_call(mirror, proxy, fault)
    await mirror.remove(CONNECTIONS, *shelf.connection_keys(30, "during"))
    with _relay_process():
        await mirror.is_complete()
    assert len(await mirror.items(CONNECTIONS)) == 60


async def test_another_process_takes_over_from_a_killed_one(
    mirror: Mirror, relaying: Relaying
) -> None:
    with _relay_process() as process:
        await until(lambda: f":{process.pid}:" in mirror_health().relay)
        async with relaying():
            await mirror.put(CONNECTIONS, *shelf.some_connections(30))
            process.send_signal(signal.SIGKILL)
            await until(lambda: f":{os.getpid()}:" in mirror_health().relay)
            await mirror.put(CONNECTIONS, *shelf.some_connections(30, "after"))
            await mirror.is_complete()


async def test_changes_of_another_process_are_found(mirror: Mirror) -> None:
    with _relay_process():
        await mirror.put(CONNECTIONS, *shelf.some_connections(30))
        await mirror.is_complete()


def _stop_between_transactions(process: "subprocess.Popen[bytes]") -> None:
    """Stop a relay's process while it holds no lock of the database."""
    with transaction.atomic():
        list(RelayLease.objects.select_for_update())
        process.send_signal(signal.SIGSTOP)


async def test_a_process_that_was_stopped_in_a_call_resurrects_nothing(
    mirror: Mirror, proxy: FaultProxy, relaying: Relaying, settings: Settings, engine_port: int
) -> None:
    await proxy.goes_wrong("hold")
    with _relay_process() as process:
        await mirror.put(CONNECTIONS, *shelf.some_connections(20))
        await proxy.misbehaved.wait()
        await write(_stop_between_transactions, process)
        settings.DYNAMODB_ENDPOINT_URL = f"http://127.0.0.1:{engine_port}"
        async with relaying():
            await until(lambda: f":{os.getpid()}:" in mirror_health().relay)
            await mirror.remove(CONNECTIONS, *shelf.connection_keys(20))
            await mirror.is_drained()
            await proxy.recovers()
            await proxy.late.wait()
            assert len(await mirror.items(CONNECTIONS)) == 20
            process.send_signal(signal.SIGCONT)
            async with asyncio.timeout(60):
                while await mirror.items(CONNECTIONS):
                    await mirror.is_drained()
            await mirror.is_complete()
