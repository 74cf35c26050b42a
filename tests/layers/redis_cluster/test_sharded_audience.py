"""Who listens elsewhere is asked of the node that serves the topic, and of the next one."""

import asyncio

import pytest

from speaktracker.layers import ClassroomLayer
from speaktracker.layers.installation import Installation
from speaktracker.layers.redis import audience
from tests.layers.listening import DEADLINE, attached, until
from tests.layers.redis_cluster.topics import elsewhere, topic_of
from tests.redis_cluster import RedisCluster


@pytest.fixture(autouse=True)
def asked_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the nodes asked twenty times as often, and believed again soon."""
    monkeypatch.setattr(audience, "ASK_SECONDS", 0.05)
    monkeypatch.setattr(audience, "TRUSTED_SECONDS", 0.1)
    monkeypatch.setattr(audience, "SUSPECT_SECONDS", 0.2)


async def knows(layer: ClassroomLayer, *, elsewhere: bool) -> None:
    """Wait until a process that publishes knows whether others may listen to the class."""
    assert layer._buses is not None
    layer.group_send_nowait("class", {"type": "status"})
    async with asyncio.timeout(DEADLINE):
        while layer._buses.here().is_elsewhere("class") is not elsewhere:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_who_listens_is_found_wherever_the_slot_is(
    nodes: RedisCluster, school: Installation
) -> None:
    here, there = (ClassroomLayer(nodes.url, [school]) for _ in range(2))
    here.is_told_who_listens = True
    topic = topic_of(school, "class")
    await knows(here, elsewhere=False)
    nodes.move(topic, elsewhere(nodes, topic))
    await knows(here, elsewhere=False)
    async with attached(there, "class") as heard:
        await knows(here, elsewhere=True)
        for _ in range(3):
            nodes.move(topic, elsewhere(nodes, topic))
            await until(heard, "layer.gap")
            async with asyncio.timeout(DEADLINE):
                while heard.empty():
                    here.group_send_where_heard("class", {"type": "status"})
                    await asyncio.sleep(0.01)
            await until(heard, "status")
    await knows(here, elsewhere=False)
    for layer in (here, there):
        await layer.close()
