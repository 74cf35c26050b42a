"""A managed Redis fails over behind its address: everybody moves, and nothing stays lost."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import redis.asyncio

from tests.cluster.cluster import Cluster
from tests.cluster.conftest import MakeCluster
from tests.cluster.crowd import Crowd, differences
from tests.cluster.cut import Cable
from tests.cluster.dashboard import DashboardBot
from tests.cluster.giver import Giver
from tests.cluster.student import StudentBot
from tests.cluster.waiting import eventually, nothing_left
from tests.patient_clients import http_client
from tests.valkey import Valkey, running_valkey

TUTOR = "tutor1@example.com"
SECONDS = 15


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
    first, second = (node.port for node in cluster.nodes)
    board = await crowd.one(DashboardBot(cluster, TUTOR, lambda: second))
    student = await crowd.one(StudentBot(cluster, cluster.students_of(TUTOR)[0], lambda: first))
    giver = Giver(cluster, student.email)
    with running_valkey("--repl-diskless-sync-delay", "0") as promoted:
        async with http_client() as client:
            await giver.give(client)
            async with redis.asyncio.Redis(port=valkey.port) as administrator:
                await administrator.replicaof("127.0.0.1", str(promoted.port))
            await student.report("studying")
            await giver.give(client)
            await layer_is(cluster, "degraded")
            cable.lead_to(promoted.port)
            await layer_is(cluster, "ok")
            await eventually(
                lambda: [frame["message_id"] for frame in student.shown],
                lambda shown: shown == giver.given,
                SECONDS,
            )
            await giver.give(client)
        await student.report("paused")
        await nothing_left(lambda: differences([board], [student]), 20)
        assert giver.outcomes[-1] == "delivered"
        assert not [states for states in board.states.values() if len(states) != len(set(states))]
        assert not crowd.faults()
    assert len(student.sittings) == len(board.sittings) == 1
