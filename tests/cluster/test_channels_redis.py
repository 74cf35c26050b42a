"""The product on channels-redis: slower, and right all the same."""

import pytest
import redis.asyncio

from tests.cluster.conftest import MakeCluster
from tests.cluster.crowd import Crowd, differences
from tests.cluster.dashboard import DashboardBot
from tests.cluster.giver import Giver
from tests.cluster.student import StudentBot
from tests.cluster.waiting import eventually, nothing_left
from tests.patient_clients import http_client
from tests.valkey import Valkey

TUTOR = "tutor1@example.com"
SECONDS = 30
# After a loss nobody is told of the gap: the dashboards' check and the rereading repair it.
REPAIR_SECONDS = 60

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


async def test_statuses_and_feedback_cross_processes(
    start_cluster: MakeCluster, crowd: Crowd, valkey: Valkey
) -> None:
    cluster = start_cluster(CHANNEL_LAYER="channels_redis")
    first, second = (node.port for node in cluster.nodes)
    here, there = await crowd.add(
        [DashboardBot(cluster, TUTOR, lambda: first), DashboardBot(cluster, TUTOR, lambda: second)]
    )
    student = await crowd.one(StudentBot(cluster, cluster.students_of(TUTOR)[0], lambda: first))
    for status in ("studying", "idle", "paused", "studying"):
        await student.report(status)
        await eventually(
            lambda: [board.shown.get(student.email, {}).get("status") for board in (here, there)],
            lambda shown, status=status: shown == [status, status],  # type: ignore[misc]
            SECONDS,
        )
    async with redis.asyncio.from_url(valkey.url) as client:
        assert await client.pubsub_channels("*:speaktracker.__group__*")
    giver = Giver(cluster, student.email)
    async with http_client() as client:
        for _ in range(5):
            await giver.give(client)
    assert set(giver.outcomes) == {"delivered"}
    await eventually(
        lambda: [frame["message_id"] for frame in student.shown],
        lambda shown: shown == giver.given,
        SECONDS,
    )
    await nothing_left(lambda: differences([here, there], [student]), SECONDS)
    assert not crowd.faults()


async def test_a_restart_of_redis_closes_no_socket_and_is_repaired(
    start_cluster: MakeCluster, crowd: Crowd, valkey: Valkey
) -> None:
    cluster = start_cluster(CHANNEL_LAYER="channels_redis")
    board = await crowd.one(DashboardBot(cluster, TUTOR, lambda: cluster.nodes[1].port))
    student = await crowd.one(
        StudentBot(cluster, cluster.students_of(TUTOR)[0], lambda: cluster.nodes[0].port)
    )
    await student.report("studying")
    giver = Giver(cluster, student.email)
    valkey.kill()
    await student.report("paused")
    async with http_client() as client:
        await giver.give(client)
    valkey.start()
    await nothing_left(lambda: differences([board], [student]), REPAIR_SECONDS)
    await eventually(
        lambda: [frame["message_id"] for frame in student.shown],
        lambda shown: shown == giver.given,
        REPAIR_SECONDS,
    )
    assert [len(bot.sittings) for bot in crowd.bots] == [1] * len(crowd.bots)
    assert not crowd.faults()
