"""Behind PgBouncer's transaction mode everything is as before, with a few connections for all."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.cluster.conftest import MakeCluster
from tests.cluster.crowd import Crowd, differences
from tests.cluster.dashboard import DashboardBot
from tests.cluster.databases import PostgreSQL
from tests.cluster.giver import Giver
from tests.cluster.pgbouncer import PgBouncer
from tests.cluster.student import StudentBot
from tests.cluster.test_doctor import doctor
from tests.cluster.waiting import eventually, nothing_left
from tests.patient_clients import http_client

SECONDS = 30
SIZE = 4
TUTOR = "tutor1@example.com"
CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"


@pytest.fixture
def server(seeded: Callable[[str], Path]) -> Iterator[PostgreSQL]:
    with closing(PostgreSQL(seeded("postgresql"))) as server:
        yield server


@pytest.fixture
def database(server: PostgreSQL) -> Iterator[PgBouncer]:
    with closing(PgBouncer(server, SIZE)) as pooler:
        yield pooler


async def test_two_processes_share_four_connections(
    start_cluster: MakeCluster, crowd: Crowd, server: PostgreSQL, database: PgBouncer
) -> None:
    cluster = start_cluster(DATABASE_POOLER="transaction", REJOIN_GRACE_SECONDS="1")
    first, second = (node.port for node in cluster.nodes)
    boards = [DashboardBot(cluster, TUTOR, lambda: first), DashboardBot(cluster, TUTOR)]
    people = cluster.students_of(TUTOR)[:20]
    students = [StudentBot(cluster, email, lambda: second) for email in people]
    await crowd.add([*boards, *students])
    giver = Giver(cluster, people[0])
    async with http_client() as client:
        for status in ("studying", "finished", "studying"):
            for student in students:
                await student.report(status)
            await giver.give(client)
    await nothing_left(lambda: differences(boards, students), SECONDS)
    await eventually(
        lambda: [frame["message_id"] for frame in students[0].shown], giver.given.__eq__, SECONDS
    )
    await students[1].stop()
    await eventually(lambda: boards[0].edges_of(people[1])[-1:], ["student_left"].__eq__, SECONDS)
    assert not crowd.faults()
    # Its own that asks is one more.
    assert server.rows(CONNECTIONS)[0][0] <= SIZE + 1
    for node in cluster.nodes:
        assert "Traceback" not in node.server.log.read_text()

    said = doctor(cluster.nodes[0])["connections"]
    assert said.startswith("warning: A process that hangs inside a transaction holds up everybody")
    alters = [part.strip() for part in said.split(": ", 2)[2].split(";")[:2]]
    server.execute(*alters)
    database.ask_console("RECONNECT")
    assert doctor(cluster.nodes[0])["connections"] == (
        "ok: Behind the pooler a lock is waited for 5s, a silent transaction ends after 10s."
    )
