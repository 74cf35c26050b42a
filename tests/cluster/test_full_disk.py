"""A disk without room for SQLite: what must be stored is refused, the rest goes on, then all."""

import resource
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.cluster.cluster import Cluster
from tests.cluster.conftest import MakeCluster
from tests.cluster.crowd import Crowd, differences
from tests.cluster.dashboard import DashboardBot
from tests.cluster.databases import SQLite
from tests.cluster.giver import Giver
from tests.cluster.student import StudentBot
from tests.cluster.test_read_only import closed_with, give, ready, url
from tests.cluster.waiting import eventually, nothing_left
from tests.patient_clients import http_client

TUTOR = "tutor1@example.com"
UNAVAILABLE = 4011
SECONDS = 20
BLOCK = 64 * 1024
LESS_THAN_A_PAGE = 4000  # and more than the log


class Disk:
    """A folder on a small file system of its own, or one where files may not grow.

    The second where this user may not mount anything, as in most containers: writing fails all the
    same, with another number.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        words = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)]
        self.is_mounted = not subprocess.run(words, check=False, capture_output=True).returncode

    def fill(self, pid: int) -> None:
        """Leave no room for what the process writes."""
        with closing(sqlite3.connect(next(self.folder.glob("*.sqlite3")))) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # or it would be written again
        if not self.is_mounted:
            self._limit(pid, LESS_THAN_A_PAGE)
            return
        with (self.folder / "filler").open("wb", buffering=0) as filler:
            for size in (BLOCK, 1):
                try:
                    while filler.write(b"\0" * size):
                        pass
                except OSError:
                    continue

    def free(self, pid: int) -> None:
        """Make room again."""
        if self.is_mounted:
            (self.folder / "filler").unlink()
        else:
            self._limit(pid, resource.RLIM_INFINITY)

    def close(self) -> None:
        """Remove the file system."""
        if self.is_mounted:
            subprocess.run(["umount", "-l", str(self.folder)], check=True)

    def _limit(self, pid: int, size: int) -> None:
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    made = Disk(folder)
    yield made
    made.close()


@pytest.fixture
def database(seeded: Callable[[str], Path], disk: Disk) -> SQLite:
    """A file on the small disk."""
    return SQLite(disk.folder, seeded("sqlite") / "cluster.sqlite3")


async def test_a_full_disk_refuses_what_must_be_stored_until_there_is_room(
    start_cluster: MakeCluster, crowd: Crowd, disk: Disk
) -> None:
    cluster = start_cluster(nodes=1)
    node = cluster.nodes[0]
    board = await crowd.one(DashboardBot(cluster, TUTOR))
    here, late = [StudentBot(cluster, email) for email in cluster.students_of(TUTOR)[:2]]
    await crowd.add([here])
    giver = Giver(cluster, here.email)
    async with http_client() as client:
        await giver.give(client)
        disk.fill(node.pid)
        await refuses(cluster, client, here.email)
        assert await closed_with(cluster, late.email) == UNAVAILABLE
        await here.report("paused")
        await nothing_left(lambda: board.shown[here.email]["status"] != "paused", SECONDS)
        await eventually(lambda: ready(cluster), lambda status: status == 503, SECONDS)
        disk.free(node.pid)
        await giver.give(client)
    await crowd.add([late])
    await eventually(
        lambda: [frame["message_id"] for frame in here.shown],
        lambda shown: shown == giver.given,
        SECONDS,
    )
    await nothing_left(lambda: differences([board], [here]), SECONDS)
    assert {len(bot.sittings) for bot in crowd.bots} == {1}
    log = node.server.log.read_text()
    assert "Traceback" not in log, log
    how = "out of disk space" if disk.is_mounted else "away"
    assert log.count(f"The database is {how}: ") == 1, log


async def refuses(cluster: Cluster, client: httpx.AsyncClient, student: str) -> None:
    """See that a call that would write is told to come again, whoever makes it."""
    answer = await give(cluster, client, student)
    assert (answer.status_code, answer.json()["code"]) == (503, "UNAVAILABLE")
    assert int(answer.headers["Retry-After"]) > 0
    signs_in = {"email": student, "password": "demo-password"}
    answer = await client.post(f"{url(cluster)}/api/auth/token", json=signs_in)
    assert answer.status_code == 503, answer.text
    students = await client.get(
        f"{url(cluster)}/api/tutor/students",
        headers={"Authorization": f"Bearer {cluster.token(TUTOR)}"},
    )
    assert students.status_code == 200
