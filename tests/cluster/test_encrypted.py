"""PostgreSQL and Redis over TLS, with certificates of an authority that only the settings name."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.certificates import Authority
from tests.cluster.cluster import Cluster
from tests.cluster.conftest import MakeCluster
from tests.cluster.crowd import Crowd, differences
from tests.cluster.cut import Cable
from tests.cluster.dashboard import DashboardBot
from tests.cluster.databases import PostgreSQL
from tests.cluster.giver import Giver
from tests.cluster.student import StudentBot
from tests.cluster.waiting import eventually, nothing_left
from tests.patient_clients import http_client
from tests.valkey import Valkey

TUTOR = "tutor1@example.com"
SECONDS = 30
PLAIN = """
SELECT count(*) FROM pg_stat_activity JOIN pg_stat_ssl USING (pid)
 WHERE backend_type = 'client backend' AND NOT ssl
"""


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
async def addresses(
    authority: Authority, database: PostgreSQL, valkey: Valkey
) -> AsyncIterator[tuple[str, str]]:
    """The addresses of both, without what says whom to trust."""
    database.encrypt(*authority.certify("postgresql"))
    cable = Cable(valkey.port)
    await cable.start(authority.context("valkey"))
    yield f"{database.url}?sslmode=verify-full", f"rediss://127.0.0.1:{cable.port}/0"
    await cable.close()


async def start(
    start_cluster: MakeCluster, addresses: tuple[str, str], trusted: Path, nodes: int
) -> Cluster:
    """Start nodes that trust what `trusted` has signed."""
    database, redis = addresses
    return await asyncio.to_thread(
        start_cluster,
        nodes=nodes,
        DATABASE_URL=f"{database}&sslrootcert={trusted}",
        REDIS_URL=f"{redis}?ssl_ca_certs={trusted}",
    )


async def test_all_goes_over_tls(
    start_cluster: MakeCluster, crowd: Crowd, addresses: tuple[str, str], authority: Authority
) -> None:
    cluster = await start(start_cluster, addresses, authority.file, nodes=2)
    here, there = (node.port for node in cluster.nodes)
    board = await crowd.one(DashboardBot(cluster, TUTOR, lambda: here))
    student = await crowd.one(StudentBot(cluster, cluster.students_of(TUTOR)[0], lambda: there))
    giver = Giver(cluster, student.email)
    await student.report("studying")
    async with http_client() as client:
        for _ in range(4):  # at either node, so that some cross Redis
            await giver.give(client)
    assert set(giver.outcomes) == {"delivered"}
    await nothing_left(lambda: differences([board], [student]), SECONDS)
    assert cluster.rows(PLAIN) == [(0,)]
    assert not crowd.faults()


async def test_nobody_else_is_trusted(
    start_cluster: MakeCluster, addresses: tuple[str, str], tmp_path: Path
) -> None:
    stranger = Authority(tmp_path, "stranger")
    cluster = await start(start_cluster, addresses, stranger.file, nodes=1)
    log = cluster.nodes[0].server.log
    await eventually(log.read_text, lambda text: "database is away" in text, SECONDS)
    text = await eventually(
        log.read_text, lambda text: text.count("certificate verify failed") >= 2, SECONDS
    )
    assert "Redis" in text
    async with http_client() as client:
        answer = await client.get(f"http://127.0.0.1:{cluster.nodes[0].port}/readyz")
    assert (answer.status_code, answer.json()["parts"]["database"]) == (503, "unavailable")
