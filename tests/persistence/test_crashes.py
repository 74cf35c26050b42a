"""A relay's process is killed at the worst moment, and another one goes on."""

import asyncio
import os
import signal

import pytest
from pytest_django import Settings

from speaktracker.db.threads import write
from speaktracker.persistence.health import mirror_health
from speaktracker.persistence.tables import CONNECTIONS
from tests.persistence import shelf
from tests.persistence.conftest import Relaying
from tests.persistence.faults import FaultProxy
from tests.persistence.mirror import Mirror, until
from tests.persistence.relays import relay_process, stop_between_transactions


async def _kill_in_a_call(mirror: Mirror, proxy: FaultProxy, fault: str) -> None:
    """Kill a relay's process with -9 while a batch of its is with the store."""
    await proxy.goes_wrong(fault)
    with relay_process() as process:
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
    with relay_process():
        await mirror.is_complete()
    assert len(await mirror.items(CONNECTIONS)) == 60


async def test_another_process_takes_over_from_a_killed_one(
    mirror: Mirror, relaying: Relaying
) -> None:
    with relay_process() as process:
        await until(lambda: f":{process.pid}:" in mirror_health().relay)
        async with relaying():
            await mirror.put(CONNECTIONS, *shelf.some_connections(30))
            process.send_signal(signal.SIGKILL)
            await until(lambda: f":{os.getpid()}:" in mirror_health().relay)
            await mirror.put(CONNECTIONS, *shelf.some_connections(30, "after"))
            await mirror.is_complete()


async def test_changes_of_another_process_are_found(mirror: Mirror) -> None:
    with relay_process():
        await mirror.put(CONNECTIONS, *shelf.some_connections(30))
        await mirror.is_complete()


async def test_a_process_that_was_stopped_in_a_call_resurrects_nothing(
    mirror: Mirror, proxy: FaultProxy, relaying: Relaying, settings: Settings, engine_port: int
) -> None:
    await proxy.goes_wrong("hold")
    with relay_process() as process:
        await mirror.put(CONNECTIONS, *shelf.some_connections(20))
        await proxy.misbehaved.wait()
        await write(stop_between_transactions, process)
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
