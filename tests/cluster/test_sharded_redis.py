"""Two processes on a Redis Cluster: its slots move and a node dies, and nothing stays lost."""

import asyncio
from collections.abc import Iterator

import pytest
from redis.crc import key_slot

from tests.cluster.cluster import Cluster
from tests.cluster.conftest import MakeCluster
from tests.cluster.crowd import Crowd
from tests.cluster.split_lesson import SECONDS, SplitLesson
from tests.patient_clients import http_client
from tests.redis_cluster import RedisCluster, running_cluster, until


@pytest.fixture
def sharded() -> Iterator[RedisCluster]:
    """Three masters, the first with a replica."""
    with running_cluster(1) as cluster:
        yield cluster


def used(sharded: RedisCluster) -> list[bytes]:
    """List the topics that somebody listens to at the first master."""
    topics: list[bytes] = sharded.ask(sharded.masters[0], "PUBSUB", "SHARDCHANNELS")
    return topics


def empty(sharded: RedisCluster) -> None:
    """Move what is used of the first master's topics to the second, slot by slot."""
    for topic in {key_slot(topic): topic for topic in used(sharded)}.values():
        sharded.move(topic, sharded.masters[1])


async def is_whole(cluster: Cluster, node: str) -> None:
    """Wait until every process has all the nodes of Redis that it needs, `node` no more."""
    async with http_client() as client, asyncio.timeout(SECONDS):
        for process in cluster.nodes:
            url = f"http://127.0.0.1:{process.port}"
            while (await client.get(f"{url}/readyz")).json()["status"] != "ok":  # noqa: ASYNC110
                await asyncio.sleep(0.1)
            shown = (await client.get(f"{url}/metrics")).text
            assert f'speaktracker_redis_node_up{{node="{node}"}} 0.0' not in shown
            assert "speaktracker_redis_node_up" in shown


@pytest.mark.soak  # two layers of one process do the same in tests/layers/redis_cluster
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_slots_move_and_a_node_dies_and_nothing_stays_lost(
    start_cluster: MakeCluster, crowd: Crowd, sharded: RedisCluster
) -> None:
    cluster = await asyncio.to_thread(start_cluster, REDIS_URL=sharded.url)
    lesson = await SplitLesson.begin(cluster, crowd)
    dead = sharded.masters[0]
    async with http_client() as client:
        await lesson.giver.give(client)
        await asyncio.to_thread(empty, sharded)
        await lesson.student.report("studying")
        await lesson.giver.give(client)
        dead.kill()
        await lesson.giver.give(client)
        await asyncio.to_thread(until, lambda: sharded.is_master(sharded.replicas[0]))
        await is_whole(cluster, f"127.0.0.1:{dead.port}")
        await lesson.gets_all_feedback(client)
    await lesson.is_right_again()
    assert lesson.has_gone_on()
