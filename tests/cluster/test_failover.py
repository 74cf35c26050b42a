"""A managed Redis fails over behind its address: everybody moves, and nothing stays lost."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import redis.asyncio

from tests.cluster.cluster import Cluster
from tests.cluster.conftest import MakeCluster
from tests.cluster.crowd import Crowd
from tests.cluster.cut import Cable
from tests.cluster.split_lesson import SECONDS, SplitLesson
from tests.patient_clients import http_client
from tests.valkey import Valkey, running_valkey


@pytest.fixture
async def cable(valkey: Valkey) -> AsyncIterator[Cable]:
    """The address: it leads to `valkey` first."""
    made = Cable(valkey.port)
    await made.start()
    yield made
    await made.close()


async def layer_is(cluster: Cluster, wanted: str) -> None:
    """Wait until every node says that its channel layer is `wanted`."""
    async with http_client() as client, asyncio.timeout(SECONDS):
        for node in cluster.nodes:
            url = f"http://127.0.0.1:{node.port}/readyz"
            while (await client.get(url)).json()["parts"]["channel_layer"] != wanted:  # noqa: ASYNC110
                await asyncio.sleep(0.1)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_after_a_failover_behind_one_address_all_is_right_again(
    start_cluster: MakeCluster, crowd: Crowd, valkey: Valkey, cable: Cable
) -> None:
    cluster = await asyncio.to_thread(start_cluster, REDIS_URL=f"redis://127.0.0.1:{cable.port}/0")
    lesson = await SplitLesson.begin(cluster, crowd)
    with running_valkey("--repl-diskless-sync-delay", "0") as promoted:
        async with http_client() as client:
            await lesson.giver.give(client)
            async with redis.asyncio.Redis(port=valkey.port) as administrator:
                await administrator.replicaof("127.0.0.1", str(promoted.port))
            await lesson.student.report("studying")
            await lesson.giver.give(client)
            await layer_is(cluster, "degraded")
            cable.lead_to(promoted.port)
            await layer_is(cluster, "ok")
            await lesson.gets_all_feedback(client)
        await lesson.is_right_again()
    assert lesson.has_gone_on()
