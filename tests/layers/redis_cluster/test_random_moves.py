"""Slots move, connections are cut and nodes die: order stays, and no loss is without a gap."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
import redis

from speaktracker.exceptions import Unavailable
from speaktracker.layers import GAP, ClassroomLayer, Event
from speaktracker.layers.installation import Installation
from tests.cluster.lengths import lengths
from tests.layers.listening import DEADLINE, member
from tests.layers.redis_cluster.topics import elsewhere, topic_of
from tests.redis_cluster import RedisCluster, running_cluster, until

GROUPS = [f"class.{number}" for number in range(6)]
# Whoever published, where, who heard it.
Way = tuple[int, str, int]


class Record:
    """What was published and heard, and when somebody was told of a gap."""

    def __init__(self) -> None:
        self.published: dict[tuple[int, str], dict[int, float]] = defaultdict(dict)
        self.heard: dict[Way, list[int]] = defaultdict(list)
        self.told: dict[tuple[str, int], float] = defaultdict(float)

    def hear(self, group: str, who: int, event: Event) -> None:
        """Note what came to a member of `group`."""
        if event["type"] == GAP:
            self.told[group, who] = time.monotonic()
        else:
            self.heard[event["by"], group, who].append(event["number"])

    def disorder(self) -> list[Way]:
        """List the ways on which something came late or twice."""
        return [way for way, numbers in self.heard.items() if numbers != sorted(set(numbers))]

    def untold(self) -> list[tuple[Way, int]]:
        """List what was lost with no gap told after it was published."""
        return [
            ((by, group, who), number)
            for (by, group), published in self.published.items()
            for who in range(2)
            for number in published.keys() - set(self.heard[by, group, who])
            if published[number] > self.told[group, who]
        ]


@pytest.fixture
def shaken() -> Iterator[RedisCluster]:
    """Three masters, the first with a replica."""
    with running_cluster(1) as cluster:
        yield cluster


async def publish(layer: ClassroomLayer, by: int, group: str, record: Record) -> None:
    """Publish numbers until cancelled, awaited and as hints; what is refused is not counted."""
    number = 0
    while True:
        for _ in range(random.randint(1, 4)):
            event: Event = {"type": "count", "by": by, "number": (number := number + 1)}
            record.published[by, group][number] = time.monotonic()
            try:
                if random.random() < 0.3:
                    await layer.group_send(group, event)
                else:
                    layer.group_send_nowait(group, event)
            except (Unavailable, asyncio.CancelledError) as error:
                del record.published[by, group][number]
                if isinstance(error, asyncio.CancelledError):
                    raise
        await asyncio.sleep(random.uniform(0.005, 0.03))


async def shake(cluster: RedisCluster, school: Installation, kill_at: float, end: float) -> None:
    """Move slots and cut subscribers off until `end`; the first master dies at `kill_at`."""
    first = cluster.masters[0]
    while (now := time.monotonic()) < end:
        living = cluster.masters[1:] if first.is_killed else cluster.masters
        topic = topic_of(school, random.choice(GROUPS))
        if now > kill_at and not first.is_killed:
            first.kill()
            await asyncio.to_thread(until, lambda: cluster.is_master(cluster.replicas[0]))
        elif random.random() < 0.85:
            with suppress(redis.RedisError, StopIteration):  # a slot of the dead one
                await asyncio.to_thread(cluster.move, topic, elsewhere(cluster, topic))
        else:
            await asyncio.to_thread(
                cluster.ask, random.choice(living), "CLIENT", "KILL", "TYPE", "pubsub"
            )
        await asyncio.sleep(random.uniform(0, 0.3))


@lengths(short=2, full=120)
async def test_order_stays_and_every_loss_is_told(
    shaken: RedisCluster, school: Installation, size: int
) -> None:
    layers = [ClassroomLayer(shaken.url, [school]) for _ in range(4)]
    record, start = Record(), time.monotonic()
    for who, layer in enumerate(layers[:2]):
        for group in GROUPS:
            layer.attach(await member(layer, group), listener(record, group, who))
    publishing = [
        asyncio.create_task(publish(layer, by, group, record))
        for by, layer in enumerate(layers[2:])
        for group in GROUPS
    ]
    await shake(shaken, school, start + size / 2, start + size)
    async with asyncio.timeout(DEADLINE):
        while not all(layer.healthy for layer in layers):  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.05)
    for task in publishing:
        task.cancel()
    await asyncio.wait(publishing)
    for group in GROUPS:
        for by, layer in enumerate(layers[2:]):
            await is_through(layer, group, by, record)
    assert record.disorder() == []
    assert record.untold() == []
    for layer in layers:
        await layer.close()


def listener(record: Record, group: str, who: int) -> Callable[[Event], None]:
    """Make what takes the events of one member."""
    return lambda event: record.hear(group, who, event)


async def is_through(layer: ClassroomLayer, group: str, by: int, record: Record) -> None:
    """Publish until both members hear it: all that came before has come or is lost."""
    number = 1_000_000_000
    async with asyncio.timeout(DEADLINE):
        while any(record.heard[by, group, who][-1:] < [1_000_000_000] for who in range(2)):
            with suppress(Unavailable):
                await layer.group_send(group, {"type": "count", "by": by, "number": number})
            number += 1
            await asyncio.sleep(0.02)
