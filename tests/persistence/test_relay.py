"""The relay carries changes over, in order per key, alone and beside others."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

from prometheus_client import REGISTRY
from pytest_django import Settings

from speaktracker.clock import now
from speaktracker.db.threads import read, write
from speaktracker.persistence.health import mirror_health
from speaktracker.persistence.models import Change, RelayLease
from speaktracker.persistence.relay import backlog
from speaktracker.persistence.relay.relay import Relay
from speaktracker.persistence.tables import CONNECTIONS, FEEDBACK, SESSIONS
from tests.persistence import shelf
from tests.persistence.conftest import QUICK, Relaying
from tests.persistence.mirror import Mirror, until


async def test_many_changes_arrive(mirror: Mirror, each_engine: str, relaying: Relaying) -> None:
    await mirror.put(CONNECTIONS, *shelf.some_connections(130))
    async with relaying():
        await mirror.is_complete()
    assert len(await mirror.items(CONNECTIONS)) == 130


async def test_a_commit_wakes_the_relay(mirror: Mirror, relaying: Relaying) -> None:
    async with relaying(replace(QUICK, poll=1000)):
        await until(lambda: RelayLease.objects.exists())
        await mirror.put(CONNECTIONS, shelf.a_connection())
        await mirror.is_complete()


async def test_a_change_that_nobody_announced_is_found(mirror: Mirror, relaying: Relaying) -> None:
    async with relaying():
        await mirror.put(CONNECTIONS, shelf.a_connection())
        await mirror.is_drained()
        await write(backlog.queue, CONNECTIONS.name, [("never there",)])
        await mirror.is_complete()


async def test_the_last_of_several_changes_counts(
    mirror: Mirror, each_engine: str, relaying: Relaying
) -> None:
    for number in range(3):
        await mirror.put(CONNECTIONS, shelf.a_connection(tutor_email=f"t{number}@example.com"))
    async with relaying():
        await mirror.is_complete()
    (item,) = await mirror.items(CONNECTIONS)
    assert item["tutor_email"] == {"S": "t2@example.com"}


async def test_a_deleted_record_leaves_the_mirror(
    mirror: Mirror, each_engine: str, relaying: Relaying
) -> None:
    async with relaying():
        await mirror.put(CONNECTIONS, *shelf.some_connections(3))
        await mirror.is_drained()
        await mirror.remove(CONNECTIONS, ("c1",))
        await mirror.is_complete()
    assert {item["connection_id"]["S"] for item in await mirror.items(CONNECTIONS)} == {"c0", "c2"}


async def test_an_expired_record_is_not_mirrored(mirror: Mirror, relaying: Relaying) -> None:
    await mirror.put(CONNECTIONS, shelf.a_connection(ttl=now() - timedelta(seconds=1)))
    async with relaying():
        await mirror.is_complete()
    assert await mirror.items(CONNECTIONS) == []


async def test_a_session_is_put_at_most_as_often_as_the_setting_says(
    mirror: Mirror, relaying: Relaying, settings: Settings
) -> None:
    settings.LIMITS = replace(settings.LIMITS, session_mirror_seconds=60)
    async with relaying():
        await mirror.put(SESSIONS, shelf.a_session("first"))
        await mirror.is_drained()
        await mirror.put(SESSIONS, shelf.a_session("second"))
        soon = now() + timedelta(seconds=20)  # beyond the millisecond that it was written in
        await until(lambda: Change.objects.filter(done_at=None, due_at__gt=soon).exists())
        health = await read(mirror_health)
    (item,) = await mirror.items(SESSIONS)
    assert item["current_sentence"] == {"S": "first"}
    assert (health.state, health.backlog) == ("ok", 0)


async def test_a_session_that_waits_has_one_row_however_often_it_changes(
    mirror: Mirror, relaying: Relaying, settings: Settings
) -> None:
    settings.LIMITS = replace(settings.LIMITS, session_mirror_seconds=60)
    waiting = Change.objects.filter(done_at=None)
    soon = now() + timedelta(seconds=20)
    async with relaying():
        await mirror.put(SESSIONS, shelf.a_session("first"))
        await mirror.is_drained()
        numbers = set()
        for number in range(3):
            await mirror.put(SESSIONS, shelf.a_session(f"sentence {number}"))
            await until(lambda: [row.due_at > soon for row in waiting.all()] == [True])
            numbers.add((await read(waiting.get)).pk)
    assert len(numbers) == 1, "who waited first has its turn first"
    # Due before the next relay looks: what it puts again at its start would make this wait anew.
    await read(lambda: waiting.update(due_at=now() - timedelta(seconds=1)))
    async with relaying():
        await mirror.is_complete()
    (item,) = await mirror.items(SESSIONS)
    assert item["current_sentence"] == {"S": "sentence 2"}


async def test_how_often_a_session_is_put_is_a_setting(
    mirror: Mirror, relaying: Relaying, settings: Settings
) -> None:
    settings.LIMITS = replace(settings.LIMITS, session_mirror_seconds=0)
    sample = "speaktracker_mirror_items_total", {"table": SESSIONS.name}
    before = REGISTRY.get_sample_value(*sample) or 0
    async with relaying():
        for number in range(3):
            await mirror.put(SESSIONS, shelf.a_session(f"sentence {number}"))
            await mirror.is_drained()
        await mirror.is_complete()
    (item,) = await mirror.items(SESSIONS)
    assert item["current_sentence"] == {"S": "sentence 2"}
    assert (REGISTRY.get_sample_value(*sample) or 0) - before >= 3


async def test_what_the_store_refuses_is_set_aside_and_holds_up_nothing(
    mirror: Mirror, each_engine: str, relaying: Relaying
) -> None:
    too_large = shelf.a_feedback("x" * 420_000, session_id="large")
    others = [shelf.a_feedback(session_id=f"s{n}") for n in range(30)]
    await mirror.put(FEEDBACK, *others[:15], too_large, *others[15:])
    async with relaying():
        await mirror.is_drained()
        comparison = await mirror.comparison()
    assert [(d.kind, d.key) for d in comparison.differences] == [
        ("missing", FEEDBACK.key(too_large))
    ]
    health = await read(mirror_health)
    assert (health.set_aside, health.state) == (1, "degraded")


async def test_a_record_that_cannot_be_read_is_set_aside_with_its_error(
    mirror: Mirror, records: dict[str, Any], relaying: Relaying
) -> None:
    records[CONNECTIONS.name].broken = {("c1",)}
    await mirror.put(CONNECTIONS, *shelf.some_connections(3))
    async with relaying():
        await mirror.is_drained()
    change = await read(lambda: Change.objects.get(set_aside_at__isnull=False))
    assert change.key == '["c1"]'
    assert change.error == "ValueError: this record cannot be read"


async def test_a_record_that_cannot_become_an_item_is_set_aside(
    mirror: Mirror, relaying: Relaying
) -> None:
    connection = shelf.a_connection("c1", tutor_email="\ud800")
    session = replace(shelf.a_session(), progress=float("nan"))
    await mirror.put(CONNECTIONS, shelf.a_connection("c0"), connection, shelf.a_connection("c2"))
    await mirror.put(SESSIONS, session, shelf.a_session(session_id="fine"))
    async with relaying():
        await mirror.is_drained()
    assert (await read(mirror_health)).set_aside == 2
    assert len(await mirror.items(CONNECTIONS)) == 2


async def test_what_was_set_aside_can_be_tried_again(
    mirror: Mirror, records: dict[str, Any], relaying: Relaying
) -> None:
    records[CONNECTIONS.name].broken = {("c1",)}
    await mirror.put(CONNECTIONS, *shelf.some_connections(3))
    async with relaying():
        await mirror.is_drained()
        records[CONNECTIONS.name].broken = set()
        numbers = await read(lambda: [c.pk for c in Change.objects.filter(done_at=None)])
        await write(backlog.retry, numbers)
        await mirror.is_complete()
    assert (await read(mirror_health)).set_aside == 0


async def test_a_later_change_settles_what_was_set_aside(
    mirror: Mirror, records: dict[str, Any], relaying: Relaying
) -> None:
    records[CONNECTIONS.name].broken = {("c1",)}
    await mirror.put(CONNECTIONS, *shelf.some_connections(3))
    async with relaying():
        await mirror.is_drained()
        records[CONNECTIONS.name].broken = set()
        await mirror.put(CONNECTIONS, shelf.a_connection("c1"))
        await mirror.is_complete()
    assert (await read(mirror_health)).set_aside == 0


async def test_done_changes_are_deleted(mirror: Mirror, relaying: Relaying) -> None:
    await mirror.put(CONNECTIONS, *shelf.some_connections(30))
    async with relaying(replace(QUICK, keep_done=0)):
        await until(lambda: not Change.objects.exists())


async def test_two_processes_are_relays_and_the_last_one_stays(
    mirror: Mirror, relaying: Relaying
) -> None:
    async with relaying(replace(QUICK, lease=60)) as first:  # which no busy machine lets run out
        await until(lambda: first.is_first)
        owner = (await read(mirror_health)).relay
        async with relaying():
            await until(lambda: len(mirror_health().relay.split(", ")) == 2)
            await mirror.put(CONNECTIONS, *shelf.some_connections(30))
            await mirror.is_complete()
        await until(lambda: mirror_health().relay == owner)


async def test_another_process_takes_over_at_once_from_one_that_stops(
    mirror: Mirror, relaying: Relaying
) -> None:
    async with relaying():
        await until(lambda: RelayLease.objects.exists())
    async with relaying():
        await mirror.put(CONNECTIONS, shelf.a_connection())
        await mirror.is_complete()


async def test_a_new_relay_writes_again_what_was_written_of_late(
    mirror: Mirror, relaying: Relaying
) -> None:
    await mirror.put(CONNECTIONS, *shelf.some_connections(3))
    async with relaying():
        await mirror.is_drained()
    stale = {"connection_id": {"S": "gone"}, "ttl": {"N": "9999999999"}}
    await mirror.put(CONNECTIONS, shelf.a_connection("gone"))
    await mirror.remove(CONNECTIONS, ("gone",))
    async with relaying():
        await mirror.is_drained()
    # A relay that was stopped in the middle of a call lets its old record land after all.
    mirror.client.put_item(TableName=mirror.name(CONNECTIONS), Item=stale)
    async with relaying() as relay:
        await until(lambda: relay.is_first)
        await mirror.is_complete()


async def test_a_relay_may_be_run_again(mirror: Mirror) -> None:
    relay = Relay(timing=QUICK)
    for number in range(2):
        await mirror.put(CONNECTIONS, shelf.a_connection(f"c{number}"))
        task = asyncio.create_task(relay.run())
        await mirror.is_complete()
        task.cancel()
        await asyncio.wait({task})


async def test_the_relay_of_a_mirror_that_is_off_ends_at_once(settings: Settings) -> None:
    settings.MIRROR = "off"
    await Relay().run()
