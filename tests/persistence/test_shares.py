"""The keys are divided among the relays that there are, each key with one relay at a time."""

import asyncio
import random
import signal
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field

import pytest
from django.db import connection
from prometheus_client import REGISTRY
from pytest_django import Settings

from speaktracker.db.threads import read, write
from speaktracker.persistence.health import mirror_health
from speaktracker.persistence.models import WAITING, Change
from speaktracker.persistence.records import SHARES, as_text, share_of
from speaktracker.persistence.relay import backlog, due_rows
from speaktracker.persistence.relay.share_division import fair_number
from speaktracker.persistence.tables import CONNECTIONS, TABLES
from tests.persistence import shelf
from tests.persistence.conftest import Relaying
from tests.persistence.mirror import Mirror, until
from tests.persistence.relays import relay_process, shares_by_process, stop_between_transactions
from tests.persistence.witness import Witness, versioned

NAMES = [table.name for table in TABLES]


@pytest.fixture
async def witness(mirror: Mirror, engine_port: int, settings: Settings) -> AsyncIterator[Witness]:
    """Look at every call between the relays and the store."""
    between = Witness(engine_port)
    await between.start()
    settings.DYNAMODB_ENDPOINT_URL = between.url
    yield between
    await between.stop()


@dataclass(slots=True)
class Relays:
    """Relays' processes, which come and go while twenty records change all the time."""

    mirror: Mirror
    stack: ExitStack
    version: int = 0
    running: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    async def change(self) -> None:
        """Change the records until cancelled."""
        while True:
            self.version += 1
            tutor = versioned(self.version)
            records = [shelf.a_connection(f"c{n}", tutor_email=tutor) for n in range(20)]
            await self.mirror.put(CONNECTIONS, *records)
            await asyncio.sleep(0.05)

    def start(self) -> None:
        self.running.append(self.stack.enter_context(relay_process()))

    async def kill(self, process: "subprocess.Popen[bytes]") -> None:
        process.send_signal(signal.SIGKILL)
        self.running.remove(process)

    async def are_divided(self) -> None:
        """Wait until each that runs has as many shares as the others, and all are given."""
        numbers = [process.pid for process in self.running]
        names = [str(number) for number in numbers]
        fair = sorted(fair_number(names, name) for name in names)

        def divided() -> bool:
            found = shares_by_process()
            return sorted(found) == sorted(numbers) and sorted(found.values()) == fair

        await until(divided)


@asynccontextmanager
async def relays(mirror: Mirror, number: int) -> AsyncIterator[Relays]:
    """Run so many relays while records change; in the end everything must be in the store."""
    with ExitStack() as stack:
        made = Relays(mirror, stack)
        for _ in range(number):
            made.start()
        changing = asyncio.create_task(made.change())
        try:
            yield made
        finally:
            changing.cancel()
            await asyncio.wait({changing})
        await mirror.is_complete()


async def test_processes_share_the_keys_and_take_over_from_killed_and_frozen_ones(
    mirror: Mirror, witness: Witness
) -> None:
    async with relays(mirror, 2) as made:
        await made.are_divided()
        assert (await read(mirror_health)).state == "ok"
        frozen = made.running.pop()
        await write(stop_between_transactions, frozen)
        await made.are_divided()
        frozen.send_signal(signal.SIGCONT)
        made.running.append(frozen)
        await made.are_divided()
        await made.kill(made.running[0])
        await made.are_divided()
    assert not witness.faults
    assert len(witness.written) == 20


@pytest.mark.soak
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_minute_of_coming_and_going_keeps_the_order_of_every_key(
    mirror: Mirror, witness: Witness, seed: int
) -> None:
    chance, end = random.Random(seed), time.monotonic() + 60
    async with relays(mirror, 3) as made:
        while time.monotonic() < end:
            await asyncio.sleep(chance.uniform(0, 3))
            if len(made.running) > 1 and chance.random() < 0.5:
                process = chance.choice(made.running)
                made.running.remove(process)
                process.send_signal(chance.choice((signal.SIGKILL, signal.SIGINT)))
            elif len(made.running) < 4:
                made.start()
        await made.are_divided()
    assert not witness.faults


async def test_a_row_without_a_share_is_given_one_where_several_share(
    mirror: Mirror, relaying: Relaying
) -> None:
    async with relaying() as one, relaying() as other:
        await until(lambda: {len(each._lease.shares) for each in (one, other)} == {30})
        rows = [Change(table=CONNECTIONS.name, key=as_text((f"c{n}",))) for n in range(200)]
        await write(Change.objects.bulk_create, rows)
        await mirror.is_drained()
        assert await read(
            lambda: all(row.share == share_of(row.key) for row in Change.objects.all())
        )


async def test_a_command_has_shares_only_where_no_server_has_any(
    mirror: Mirror, relaying: Relaying
) -> None:
    async with relaying() as server:
        await until(lambda: server.is_first)
        async with relaying(only_alone=True) as command:
            assert not await command._lease.claim()
            await mirror.put(CONNECTIONS, *shelf.some_connections(30))
            await mirror.is_complete()
    async with relaying(only_alone=True) as command:
        await until(lambda: command.is_first)


async def test_what_is_in_doubt_is_written_again_by_whoever_has_its_share_by_then(
    mirror: Mirror, relaying: Relaying
) -> None:
    keys = shelf.connection_keys(60)
    async with relaying() as one:
        await until(lambda: one.is_first)
        one._tables[0]._doubtful = set(keys)
        async with relaying() as other:
            await until(lambda: len(other._lease.shares) == 30)
            left = await read(lambda: set(Change.objects.values_list("key", flat=True)))
            assert left == {as_text(key) for key in keys} - {
                as_text(key) for key in one._tables[0]._doubtful
            }
            assert {share_of(text) for text in left} >= other._lease.shares & {
                share_of(as_text(key)) for key in keys
            }


async def test_metrics_tell_the_shares_of_the_process_and_what_waits(
    mirror: Mirror, relaying: Relaying
) -> None:
    def figures() -> list[float | None]:
        names = ("shares", "waiting_changes")
        return [REGISTRY.get_sample_value(f"speaktracker_mirror_{name}") for name in names]

    await asyncio.to_thread(mirror.client.delete_table, TableName=mirror.name(CONNECTIONS))
    await mirror.put(CONNECTIONS, *shelf.some_connections(7))
    async with relaying():
        await until(lambda: figures() == [60, 7])
    assert figures() == [0, 0]


@pytest.mark.django_db(transaction=True)
def test_what_is_due_is_found_by_share_in_an_index() -> None:
    for number in range(300):
        backlog.queue(CONNECTIONS.name, [(f"c{number}",)], seconds=-1)
    half = range(1, 31)
    texts = set(Change.objects.filter(share__in=half).values_list("key", flat=True))
    assert {as_text(due.key) for due in backlog.due(CONNECTIONS.name, 900, half)} == texts
    assert len(backlog.due(CONNECTIONS.name, 50, half)) <= 50
    assert due_rows.count_due(NAMES, half) == len(texts)
    assert due_rows.count_due(NAMES, SHARES) == Change.objects.filter(WAITING).count()
    assert {name for name, _ in due_rows.due_tables(NAMES, half)} == {CONNECTIONS.name}
    if connection.vendor == "sqlite":
        for sql in (due_rows._of_shares(), due_rows._tables(True), due_rows._count(True)):
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN QUERY PLAN {sql}", ["[]"] * sql.count("%s"))
                steps = [row[3] for row in cursor.fetchall()]
            assert any("SEARCH c USING" in step and "waiting_by_share" in step for step in steps)
            assert not any(step.startswith("SCAN c") for step in steps)


@pytest.mark.parametrize("number", [*range(1, 8), 59, 60, 61])
def test_every_relay_has_as_many_shares_as_any_other_or_one_more(number: int) -> None:
    names = [f"relay{n}" for n in range(number)]
    each = [fair_number(names, name) for name in names]
    assert sum(each) == len(SHARES)
    assert max(each) - min(each) <= 1


def test_a_key_has_its_share_for_ever_and_all_shares_have_as_many() -> None:
    assert [share_of(as_text((name,))) for name in ("a", "학생", "\ud800")] == [29, 58, 57]
    numbers = [share_of(as_text((f"student{n}@example.com", "s1"))) for n in range(6000)]
    counts = [numbers.count(share) for share in SHARES]
    assert 60 < min(counts) <= max(counts) < 140
