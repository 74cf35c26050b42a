"""PostgreSQL fails over behind one address, however its primary ends: nobody stays behind."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest

from tests.cluster.cluster import Cluster
from tests.cluster.conftest import MakeCluster
from tests.cluster.crowd import Crowd, differences
from tests.cluster.cut import Cable
from tests.cluster.dashboard import DashboardBot
from tests.cluster.databases import PostgreSQL
from tests.cluster.giver import Giver
from tests.cluster.student import StudentBot
from tests.cluster.test_read_only import READ_ONLY, give, ready
from tests.cluster.waiting import eventually, nothing_left
from tests.patient_clients import http_client

TUTOR = "tutor1@example.com"
SECONDS = 30
FOLLOWS = "SELECT 1 FROM pg_stat_replication WHERE state = 'streaming' AND sent_lsn = replay_lsn"
CLIENTS = (
    "SELECT pid FROM pg_stat_activity"
    " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
)


class Managed:
    """An address of a provider's: a primary behind it, and a standby to take its place."""

    def __init__(self, primary: PostgreSQL, cable: Cable) -> None:
        self.primary, self.cable = primary, cable
        self.url = f"postgres://postgres@127.0.0.1:{cable.port}/postgres"
        self.servers = [primary]

    async def stand_by(self) -> PostgreSQL:
        """Have a standby that has all that the primary has, and is sent what it writes."""
        standby = await asyncio.to_thread(PostgreSQL, primary=self.primary)
        self.servers.append(standby)
        await eventually(lambda: self.primary.rows(FOLLOWS), bool, SECONDS)
        return standby

    def die(self) -> None:
        """End the primary as a crash does."""
        self.primary.kill()

    def demote(self) -> None:
        """Have the primary take no more writes, and keep its connections."""
        self.primary.set(READ_ONLY, "on")

    def hang(self) -> None:
        """Have the primary answer nothing any more, over connections that stand."""
        self.cable.freeze()

    def promote(self, standby: PostgreSQL) -> None:
        """Make the standby the primary, and lead who connects from now on there."""
        standby.execute("SELECT pg_promote()")
        self.primary = standby
        self.cable.carry_new()
        self.cable.lead_to(standby.port)


@pytest.fixture
async def managed(database: PostgreSQL) -> AsyncIterator[Managed]:
    cable = Cable(database.port)
    await cable.start()
    made = Managed(database, cable)
    yield made
    await cable.close()
    for server in made.servers:
        server.close()


@pytest.mark.timeout(300)
async def test_after_each_failover_nothing_that_was_accepted_is_lost(
    start_cluster: MakeCluster, crowd: Crowd, managed: Managed
) -> None:
    cluster = await asyncio.to_thread(start_cluster, DATABASE_URL=managed.url)
    student = await student_and_dashboard(cluster, crowd)
    giver = Giver(cluster, student.email)
    async with http_client() as client, asyncio.timeout(180):
        for way in (managed.demote, managed.hang, managed.die):
            await giver.give(client)
            standby = await managed.stand_by()
            way()
            answer = await give(cluster, client, student.email)
            assert answer.status_code == 503, way
            await student.report("studying")
            managed.promote(standby)
            cluster.database = standby
            await giver.give(client)
            while await asyncio.to_thread(ready, cluster) != 200:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    await all_is_shown(cluster, crowd, student, giver)
    for node in cluster.nodes:
        log = node.server.log.read_text()
        assert "Traceback" not in log
        assert len(re.findall("The database is (?:away|read-only)", log)) <= 3
        # Each request that is refused has a line of its own, and is tried as often as it takes.
        told = [line for line in log.splitlines() if '"event_type": "message"' not in line]
        assert len(told) <= 1 + 3 * 3, log


async def test_nobody_stays_at_a_primary_that_was_left_behind(
    start_cluster: MakeCluster, crowd: Crowd, managed: Managed
) -> None:
    cluster = await asyncio.to_thread(start_cluster, DATABASE_URL=managed.url)
    student = await student_and_dashboard(cluster, crowd)
    early, late = [StudentBot(cluster, email) for email in cluster.students_of(TUTOR)[1:3]]
    await crowd.add([early])
    left, standby = managed.primary, await managed.stand_by()
    managed.promote(standby)
    # What is written now stands where nobody will read it: the process has to say it again.
    await student.report("studying")
    await crowd.add([late])
    await early.stop()
    await eventually(lambda: left.rows(CLIENTS), lambda found: not found, SECONDS)
    cluster.database = standby
    giver = Giver(cluster, student.email)
    async with http_client() as client:
        await giver.give(client)
    await all_is_shown(cluster, crowd, student, giver)


async def student_and_dashboard(cluster: Cluster, crowd: Crowd) -> StudentBot:
    """Have a student at one node, and their tutor's dashboard at the other."""
    first, second = (node.port for node in cluster.nodes)
    await crowd.one(DashboardBot(cluster, TUTOR, lambda: second))
    return await crowd.one(StudentBot(cluster, cluster.students_of(TUTOR)[0], lambda: first))


async def all_is_shown(cluster: Cluster, crowd: Crowd, student: StudentBot, giver: Giver) -> None:
    """See feedback shown and stored, records and dashboards right, and every socket still open."""
    await eventually(
        lambda: [frame["message_id"] for frame in student.shown],
        lambda shown: shown == giver.given,
        SECONDS,
    )
    stored = {str(row[0]) for row in cluster.rows("SELECT message_id FROM feedback_feedback")}
    assert stored >= set(giver.given)
    await eventually(cluster.recorded, lambda found: found == crowd.connections(), SECONDS)
    boards = [bot for bot in crowd.bots if isinstance(bot, DashboardBot)]
    await nothing_left(lambda: differences(boards, [student]), SECONDS)
    assert {len(bot.sittings) for bot in crowd.bots} == {1}
    assert not [fault for fault in crowd.faults() if "UNAVAILABLE" not in fault]
