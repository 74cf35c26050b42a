"""Every alert by its real condition, an installation each; in short it is `test_conditions.py`."""

import asyncio
import fcntl
import json
import os
import resource
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.cluster.alerts.scraped_series import (
    Series,
    assert_fires,
    scrape,
    series_of,
    value,
)
from tests.cluster.cluster import Cluster
from tests.cluster.conftest import MakeCluster
from tests.cluster.crowd import Crowd
from tests.cluster.dashboard import DashboardBot
from tests.cluster.databases import PostgreSQL
from tests.cluster.student import StudentBot
from tests.cluster.test_read_only import give, url
from tests.cluster.waiting import eventually
from tests.patient_clients import blocking_client, connect, http_client
from tests.server_process import ServerProcess
from tests.valkey import Valkey

TUTOR = "tutor1@example.com"
SECONDS = 60
pytestmark = [pytest.mark.soak, pytest.mark.xdist_group("cluster")]


def urls(cluster: Cluster) -> list[str]:
    return [f"http://127.0.0.1:{node.port}" for node in cluster.nodes]


async def seen(look: Callable[[], Series], start: str, least: float) -> Series:
    """Scrape until the samples that start like this make at least so much."""
    return await eventually(look, lambda found: value(found, start) >= least, SECONDS)


async def test_a_database_that_is_away_fires_with_what_it_makes_fail(
    start_cluster: MakeCluster, database: PostgreSQL, tmp_path: Path
) -> None:
    cluster = start_cluster(nodes=2)
    look = partial(scrape, *urls(cluster))
    well = look()
    database.stop()
    away = await eventually(
        look, lambda found: not value(found, "speaktracker_database_up"), SECONDS
    )
    assert_fires(tmp_path, well, away, ["DatabaseAway"])

    async with http_client() as client:
        student = cluster.students_of(TUTOR)[0]
        answers = await asyncio.gather(*(give(cluster, client, student) for _ in range(12)))
    assert {answer.status_code for answer in answers} == {503}
    fired = ["DatabaseAway", "Errors", "Failing", "FeedbackFails"]
    assert_fires(tmp_path, well, look(), fired)


async def test_a_process_with_another_key_refuses_whom_the_others_let_in(
    start_cluster: MakeCluster, tmp_path: Path
) -> None:
    cluster = start_cluster(nodes=2)
    odd = cluster.nodes[1]
    odd.kill()
    odd.server._env["SECRET_KEY"] = "another-key-" * 4
    odd.start()
    look = partial(scrape, *urls(cluster))
    well = look()
    codes = []
    for email in cluster.students_of(TUTOR)[:12]:
        headers = {"Authorization": f"Bearer {cluster.token(email)}"}
        for node in cluster.nodes:
            address = f"ws://127.0.0.1:{node.port}/ws/"
            async with connect(address, additional_headers=headers) as student:
                codes.append(json.loads(await student.recv())["type"])
    assert [codes.count(kind) for kind in ("connection_success", "connection_error")] == [12, 12]
    assert_fires(tmp_path, well, look(), ["ConnectsRefused"])


async def test_many_sockets_and_a_client_of_nonsense(
    start_cluster: MakeCluster, crowd: Crowd, tmp_path: Path
) -> None:
    cluster = start_cluster(nodes=1)
    look = partial(scrape, url(cluster))
    well = look()
    student = await crowd.one(StudentBot(cluster, cluster.students_of(TUTOR)[0]))
    for number in range(12):
        await student.say(type=f"nonsense{number}")
    wrong = await seen(look, 'speaktracker_errors_total{code="UNKNOWN_TYPE"', 12)
    assert_fires(tmp_path, well, wrong, ["Errors"])

    people = [email for n in range(1, 6) for email in cluster.students_of(f"tutor{n}@example.com")]
    address, turns = f"ws://127.0.0.1:{cluster.nodes[0].port}/ws/", asyncio.Semaphore(25)
    async with AsyncExitStack() as sockets:

        async def enter(email: str) -> None:
            headers = {"Authorization": f"Bearer {cluster.token(email)}"}
            async with turns:
                opened = connect(address, additional_headers=headers, compression=None)
                await (await sockets.enter_async_context(opened)).recv()

        await asyncio.gather(*(enter(email) for email in [*people, *people]))
        full = await seen(look, "speaktracker_active_connections", 1001)
        assert_fires(tmp_path, wrong, full, ["ManyConnections"])


async def test_a_process_that_hung_shows_statuses_late(
    start_cluster: MakeCluster, crowd: Crowd, tmp_path: Path
) -> None:
    cluster = start_cluster(nodes=2)
    near, far = cluster.nodes
    board = await crowd.one(DashboardBot(cluster, TUTOR, lambda: far.port))
    here = [StudentBot(cluster, email, lambda: near.port) for email in cluster.students_of(TUTOR)]
    await crowd.add(here[:20])
    look = partial(scrape, *urls(cluster))
    well = look()
    far.signal(signal.SIGSTOP)
    for student in here[:20]:
        await student.report("paused")
    await asyncio.sleep(6)  # the hang itself: more than the five seconds of the rule
    far.signal(signal.SIGCONT)
    shown = [student.email for student in here[:20]]
    await eventually(
        lambda: {board.shown[email]["status"] for email in shown}, {"paused"}.__eq__, SECONDS
    )
    assert_fires(tmp_path, well, look(), ["SlowMessages"])


async def test_a_process_that_dies_leaves_records_to_the_reaper(
    start_cluster: MakeCluster, crowd: Crowd, tmp_path: Path
) -> None:
    cluster = start_cluster(nodes=2)
    dying = cluster.nodes[0]
    here = [StudentBot(cluster, email) for email in cluster.students_of(TUTOR)[:12]]
    for student in here:
        student._port = lambda: dying.port
    await crowd.add(here)
    look = partial(scrape, *urls(cluster))
    well = look()
    dying.kill()
    lost = await seen(look, 'speaktracker_connections_removed_total{cause="reaper"', 12)
    assert_fires(tmp_path, well, lost, ["LostConnections"])


async def test_a_mirror_that_is_behind_and_one_that_gave_up(
    start_cluster: MakeCluster,
    database: PostgreSQL,
    monkeypatch: pytest.MonkeyPatch,
    crowd: Crowd,
    tmp_path: Path,
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    nobody = "http://127.0.0.1:9"
    mirrored = {"MIRROR": "dynamodb", "AWS_REGION": "us-east-1", "STACK": "alerts"}
    cluster = start_cluster(nodes=1, DYNAMODB_ENDPOINT_URL=nobody, **mirrored)
    look = partial(scrape, url(cluster))
    well = look()
    await crowd.one(StudentBot(cluster, cluster.students_of(TUTOR)[0]))
    database.execute("UPDATE persistence_change SET due_at = due_at - interval '2 minutes'")
    behind = await seen(look, "speaktracker_mirror_lag_seconds", 61)
    assert_fires(tmp_path, well, behind, ["MirrorBehind"])

    # A key that no record can be read by.
    database.execute(
        'INSERT INTO persistence_change ("table", key, attempts, error)'
        " VALUES ('practice-sessions', '[1]', 0, '')"
    )
    given_up = await seen(look, "speaktracker_mirror_set_aside_changes", 1)
    assert_fires(tmp_path, well, given_up, ["MirrorBehind", "MirrorSetAside"])


@pytest.fixture
def unread(tmp_path: Path, seeded: Callable[[str], Path]) -> Iterator[ServerProcess]:
    """A server whose log nobody reads: a page of it is taken, then nothing."""
    os.mkfifo(tmp_path / "server.log")
    reader = os.open(tmp_path / "server.log", os.O_RDONLY | os.O_NONBLOCK)
    fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, 4096)
    server = ServerProcess(tmp_path, {"LOG_QUEUE_KIB": "4"})
    server.start()
    yield server
    server.kill()
    os.close(reader)


async def test_a_log_that_nobody_reads_loses_lines(unread: ServerProcess, tmp_path: Path) -> None:
    look = partial(scrape, unread.url)
    well = look()
    for _ in range(40):  # of those without credentials each has its line, and rings nowhere else
        async with connect(unread.ws_url) as nobody:
            await nobody.wait_closed()
    lost = await seen(look, "speaktracker_log_lines_lost_total", 1)
    assert_fires(tmp_path, well, lost, ["LogLost"])


@pytest.fixture
async def kept(start_cluster: MakeCluster) -> AsyncIterator[tuple[Cluster, httpx.Client]]:
    """A server, and the connection that Prometheus keeps."""
    cluster = start_cluster(nodes=1)
    with blocking_client(base_url=url(cluster)) as client:
        yield cluster, client


async def test_a_file_limit_that_lets_nobody_in(
    kept: tuple[Cluster, httpx.Client], valkey: Valkey, tmp_path: Path
) -> None:
    cluster, client = kept
    node = cluster.nodes[0]

    def look() -> Series:
        return series_of(client.get("/metrics").text, "kept")

    well = look()
    files = len(os.listdir(f"/proc/{node.pid}/fd"))
    resource.prlimit(node.pid, resource.RLIMIT_NOFILE, (files + 5, 4096))
    with ExitStack() as sockets:
        for _ in range(30):
            sockets.enter_context(socket.create_connection(("127.0.0.1", node.port)))
        refused = await seen(look, "speaktracker_accepts_refused_total", 1)
    assert_fires(tmp_path, well, refused, ["FileLimit"])
