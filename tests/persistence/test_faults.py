"""Whatever the endpoint does, the mirror ends complete: nothing lost, nothing resurrected."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from speaktracker.db.threads import read
from speaktracker.persistence.health import mirror_health
from speaktracker.persistence.models import RelayLease
from speaktracker.persistence.records import Key
from speaktracker.persistence.relay import backlog
from speaktracker.persistence.relay.timing import Timing
from speaktracker.persistence.tables import CONNECTIONS, FEEDBACK
from tests.persistence import shelf
from tests.persistence.conftest import QUICK, Relaying
from tests.persistence.engines import NAMES
from tests.persistence.faults import FaultProxy
from tests.persistence.mirror import Mirror, until

FAULTS = ["refuse", "hang", "swallow", "throttle", "broken", "partial"]
# In the suite each fault at one engine, by turns.
ON_ENGINES = [
    pytest.param(fault, name, marks=[pytest.mark.soak] * ((turn + number) % len(NAMES)))
    for turn, fault in enumerate(FAULTS)
    for number, name in enumerate(NAMES)
]


async def _live_through(mirror: Mirror, proxy: FaultProxy, fault: str, seconds: float) -> None:
    """Have records come, change and go before, during and after a fault."""
    await mirror.put(CONNECTIONS, *shelf.some_connections(60))
    await mirror.is_drained()
    await proxy.goes_wrong(fault)
    await mirror.remove(CONNECTIONS, *shelf.connection_keys(20))
    await mirror.put(CONNECTIONS, *shelf.some_connections(60, "later"))
    async with asyncio.timeout(30):
        await proxy.misbehaved.wait()
    await asyncio.sleep(seconds)
    await mirror.remove(CONNECTIONS, *shelf.connection_keys(20, "later"))
    await mirror.put(CONNECTIONS, *shelf.some_connections(5))
    await proxy.recovers()


@pytest.mark.parametrize(("fault", "each_engine"), ON_ENGINES, indirect=["each_engine"])
async def test_a_fault_loses_nothing_and_resurrects_nothing(
    mirror: Mirror, proxy: FaultProxy, relaying: Relaying, fault: str, each_engine: str
) -> None:
    async with relaying():
        await _live_through(mirror, proxy, fault, seconds=0.5)
        await mirror.is_complete()
    assert len(await mirror.items(CONNECTIONS)) == 45 + 40


@pytest.mark.soak
@pytest.mark.timeout(300)
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_minute_of_a_fault_loses_nothing(
    mirror: Mirror, proxy: FaultProxy, relaying: Relaying, fault: str
) -> None:
    async with relaying(Timing()):
        await _live_through(mirror, proxy, fault, seconds=60)
        await mirror.is_complete()
    assert len(await mirror.items(CONNECTIONS)) == 45 + 40


async def test_operators_see_an_outage_and_its_end(
    mirror: Mirror, proxy: FaultProxy, relaying: Relaying
) -> None:
    async with relaying():
        await proxy.goes_wrong("refuse")
        await mirror.put(CONNECTIONS, shelf.a_connection())
        await until(lambda: "cannot be reached" in mirror_health().trouble)
        assert (await read(mirror_health)).backlog == 1
        await proxy.recovers()
        await until(lambda: mirror_health().state == "ok")


async def test_a_sick_table_does_not_hold_up_another(
    mirror: Mirror, proxy: FaultProxy, relaying: Relaying
) -> None:
    proxy.faults_only_for = CONNECTIONS.name
    await proxy.goes_wrong("hang")
    async with relaying():
        await mirror.put(CONNECTIONS, shelf.a_connection())
        await mirror.put(FEEDBACK, shelf.a_feedback())
        await until(lambda: not backlog.due(FEEDBACK.name, 10))
        assert len(await mirror.items(FEEDBACK)) == 1
        await proxy.recovers()
        await mirror.is_complete()


async def test_what_an_unanswered_call_wrote_late_is_written_over(
    mirror: Mirror, proxy: FaultProxy, relaying: Relaying
) -> None:
    await proxy.goes_wrong("hang")
    async with relaying(replace(QUICK, rewrite_delay=4)):
        await mirror.put(CONNECTIONS, shelf.a_connection("ghost"))
        await proxy.misbehaved.wait()
        await mirror.remove(CONNECTIONS, ("ghost",))
        await proxy.recovers()
        # The change stays pending after its first success, for a last write later on.
        await until(lambda: not backlog.due(CONNECTIONS.name, 10))
        late = {"connection_id": {"S": "ghost"}, "ttl": {"N": "9999999999"}}
        mirror.client.put_item(TableName=mirror.name(CONNECTIONS), Item=late)
        await mirror.is_complete()
    assert await mirror.items(CONNECTIONS) == []


async def test_a_deleted_table_is_missed_and_the_others_go_on(
    mirror: Mirror, relaying: Relaying
) -> None:
    await mirror.put(CONNECTIONS, *shelf.some_connections(30))
    async with relaying():
        await mirror.is_drained()
        await mirror.drop(CONNECTIONS)
        await mirror.put(CONNECTIONS, shelf.a_connection())
        await mirror.put(FEEDBACK, shelf.a_feedback())
        await until(lambda: "create_tables" in mirror_health().trouble)
        await until(lambda: not backlog.due(FEEDBACK.name, 10))
        await asyncio.to_thread(mirror.make_tables)
        await mirror.is_drained()
    assert len((await mirror.comparison()).differences) == 30


async def test_processes_that_race_write_the_same(
    mirror: Mirror, relaying: Relaying, each_engine: str
) -> None:
    async with relaying(), relaying(), relaying():
        for number in range(20):
            await mirror.put(CONNECTIONS, *shelf.some_connections(10, f"n{number}-"))
            await mirror.remove(CONNECTIONS, *shelf.connection_keys(5, f"n{number}-"))
        await mirror.is_complete()
    assert len(await mirror.items(CONNECTIONS)) == 100


async def test_a_relay_whose_lease_ran_out_in_a_call_has_its_keys_written_again(
    mirror: Mirror, relaying: Relaying, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with relaying(replace(QUICK, lease=8, renew=1000, call_timeout=1)) as paused:
        await until(lambda: RelayLease.objects.exists())
        late: list[Key] = []
        original = backlog.queue

        def queue(table: str, keys: Any, *seconds: float) -> int:
            late.extend(keys)
            return original(table, keys, *seconds)

        monkeypatch.setattr(backlog, "queue", queue)
        _freeze_after_the_check(paused, monkeypatch)
        await mirror.put(CONNECTIONS, shelf.a_connection("late"))
        async with relaying():
            await mirror.is_complete()
    assert set(late) == {("late",)}


def _freeze_after_the_check(relay: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the lease run out between a call's start and its end."""
    writer, lease = relay._writer, relay._lease
    call = writer.call

    async def slow(*arguments: Any) -> Any:
        left = await call(*arguments)
        lease._until = (0.0, 0.0)
        return left

    monkeypatch.setattr(writer, "call", slow)


async def test_the_database_may_go_away_for_a_while(
    mirror: Mirror, relaying: Relaying, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError

    original, tries = backlog.due, []

    def due(table: str, *limits: Any) -> Any:
        tries.append(table)
        if len(tries) < 12:
            raise OperationalError("gone")
        return original(table, *limits)

    await mirror.put(CONNECTIONS, shelf.a_connection())
    monkeypatch.setattr(backlog, "due", due)
    async with relaying():
        await mirror.is_complete()
