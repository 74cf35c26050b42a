"""The shipped nginx configuration carries sockets and calls, and survives a deployment."""

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster, Node
from tests.cluster.conftest import MakeCluster
from tests.cluster.crowd import Crowd, differences
from tests.cluster.dashboard import DashboardBot
from tests.cluster.student import StudentBot
from tests.cluster.waiting import eventually, nothing_left
from tests.held_ports import hold_port
from tests.patient_clients import http_client
from tests.valkey import _die_with_parent

pytestmark = [pytest.mark.e2e]
SHIPPED = Path(__file__).resolve().parents[2] / "deploy" / "nginx.conf"
TUTOR = "tutor1@example.com"


class Nginx:
    """An nginx with the shipped configuration, but for addresses and folders."""

    def __init__(self, folder: Path, ports: list[int]) -> None:
        self.port = hold_port(self)
        self.log = folder / "access.log"
        text = SHIPPED.read_text()
        for shipped, ours in {
            "listen 80;": f"listen 127.0.0.1:{self.port};",
            "127.0.0.1:8001": f"127.0.0.1:{ports[0]}",
            "127.0.0.1:8002": f"127.0.0.1:{ports[1]}",
            "/var/log/nginx/speaktracker.log": str(self.log),
        }.items():
            assert shipped in text
            text = text.replace(shipped, ours)
        (folder / "nginx.conf").write_text(text)
        directives = f"daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;"
        words = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", directives]
        self._process = subprocess.Popen(words, preexec_fn=_die_with_parent)

    async def answers(self) -> None:
        """Wait until it answers."""
        async with asyncio.timeout(20):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                except OSError:
                    await asyncio.sleep(0.05)
                    continue
                writer.close()
                return

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(20)


@pytest.fixture
def cluster(start_cluster: MakeCluster) -> Cluster:
    """Two nodes that trust the proxy in front of them."""
    return start_cluster(TRUSTED_PROXIES="127.0.0.1", LOG_LEVEL="INFO")


@pytest.fixture
def nginx(cluster: Cluster, tmp_path: Path) -> Iterator[Nginx]:
    """The proxy in front of the nodes."""
    folder = tmp_path / "nginx"
    folder.mkdir()
    running = Nginx(folder, [node.port for node in cluster.nodes])
    yield running
    running.stop()


async def test_sockets_and_calls_pass_and_a_stopped_server_is_not_missed(
    cluster: Cluster, nginx: Nginx, crowd: Crowd
) -> None:
    await nginx.answers()
    boards = await crowd.add([DashboardBot(cluster, TUTOR, lambda: nginx.port) for _ in range(2)])
    people = cluster.students_of(TUTOR)[:6]
    students = await crowd.add([StudentBot(cluster, email, lambda: nginx.port) for email in people])
    before = await _all_joined(boards, students)
    stopping = asyncio.create_task(asyncio.to_thread(Node.stop, cluster.nodes[0]))
    await _calls_pass(cluster, nginx)
    await stopping
    await eventually(cluster.recorded, lambda found: found == crowd.connections(), 30)
    for student in students:
        await student.report()
    await nothing_left(lambda: differences(boards, students), 20)
    assert {code for bot in crowd.bots for code in bot.closes} == {1012}
    assert [len(board.edges) for board in boards] == before
    assert not crowd.faults()


async def _all_joined(boards: list[DashboardBot], students: list[StudentBot]) -> list[int]:
    await nothing_left(lambda: differences(boards, students), 20)
    return [len(board.edges) for board in boards]


async def _calls_pass(cluster: Cluster, nginx: Nginx) -> None:
    """Call the API throughout a stop; see that what is not for the public stays inside."""
    token = cluster.token(TUTOR)
    async with http_client(base_url=f"http://127.0.0.1:{nginx.port}") as client:
        for _ in range(20):
            answer = await client.get(
                "/api/tutor/students?token=secret", headers={"Authorization": f"Bearer {token}"}
            )
            assert answer.status_code == 200, answer.text
        for inner in ("/metrics", "/readyz", "/healthz"):
            assert (await client.get(inner)).status_code == 404
    written = nginx.log.read_text()
    assert "GET /api/tutor/students" in written
    assert "secret" not in written
