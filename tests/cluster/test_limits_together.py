"""SPEC.md section 2.4 over several processes: what one user may do is counted together."""

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.cluster.cluster import Cluster
from tests.cluster.conftest import MakeCluster, cluster_in
from tests.cluster.flooder import Flooder, open_tab

SECONDS = 10
TEN_A_SECOND = {"USER_MESSAGES_PER_SECOND": "10", "USER_REFUSALS_PER_MINUTE": "1000000"}
pytestmark = pytest.mark.xdist_group("limits-together")


@pytest.fixture(scope="module")
def cluster(
    seeded: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("nodes")
    with cluster_in(folder, seeded("postgresql"), **TEN_A_SECOND) as running:
        yield running


@pytest.fixture(scope="module")
def students(cluster: Cluster) -> Iterator[str]:
    """Students who have sent nothing yet."""
    return iter(cluster.students_of("tutor1@example.com"))


@pytest.mark.parametrize("rate", [pytest.param(11, marks=pytest.mark.soak), 500])
async def test_three_tabs_at_two_processes_send_ten_a_second(
    cluster: Cluster, students: Iterator[str], rate: int
) -> None:
    first, second = (node.port for node in cluster.nodes)
    async with Flooder(cluster, next(students), [first, first, second]) as flooder:
        passed = await flooder.flood(rate, SECONDS)
    # Ten, and a few of moments in which Redis did not get to answer; each alone would be twenty.
    assert 9 * SECONDS <= passed <= 15 * max(SECONDS, flooder.seconds)


async def test_while_redis_hangs_each_process_counts_alone(start_cluster: MakeCluster) -> None:
    cluster = start_cluster(**TEN_A_SECOND)
    ports = [node.port for node in cluster.nodes]
    async with Flooder(cluster, "student1@example.com", ports) as flooder:
        await flooder.flood(8, 2)
        cluster.valkey.pause()
        try:
            passed = await flooder.flood(8, 4)
        finally:
            cluster.valkey.resume()
        gaps = [b - a for a, b in zip(flooder.passed_at, flooder.passed_at[1:], strict=False)]
    assert passed == 32
    assert max(gaps) < 1.4  # nobody waited for the second and a half until the line is given up


async def said(tab: ClientConnection) -> tuple[list[dict[str, object]], int]:
    """Read a socket to its end; return its frames and its close code."""
    frames = []
    try:
        while True:
            frames.append(json.loads(await asyncio.wait_for(tab.recv(), 30)))
    except ConnectionClosed:
        return frames, tab.close_code or 1006


async def test_who_was_closed_for_a_flood_is_let_in_by_no_process(
    start_cluster: MakeCluster,
) -> None:
    cluster = start_cluster(**{**TEN_A_SECOND, "USER_REFUSALS_PER_MINUTE": "20"})
    first, second = (node.port for node in cluster.nodes)
    tab = await open_tab(cluster, "student1@example.com", first)
    for _ in range(60):
        await tab.send('{"type":"ping"}')
    frames, code = await said(tab)
    assert (code, frames[-1]["type"], frames[-1]["code"]) == (
        4013,
        "connection_error",
        "RATE_LIMITED",
    )
    waits = [frames[-1]["retry_after_ms"]]
    for port in (second, first, second):
        again, code = await said(await open_tab(cluster, "student1@example.com", port))
        assert (code, again[-1]["code"]) == (4013, "RATE_LIMITED")
        waits.append(again[-1]["retry_after_ms"])
    assert all(30_000 < int(str(wait)) <= 60_001 for wait in waits)
    other = await open_tab(cluster, "student2@example.com", second)
    assert json.loads(await other.recv())["type"] == "connection_success"
    await other.close()
