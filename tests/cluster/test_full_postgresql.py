"""A disk without room for PostgreSQL: named until there is room, whatever still fits."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from tempfile import mkdtemp

import pytest

from tests.cluster.cluster import Cluster
from tests.cluster.conftest import MakeCluster
from tests.cluster.databases import PostgreSQL
from tests.cluster.test_doctor import doctor, readyz
from tests.cluster.test_read_only import give, ready
from tests.cluster.waiting import eventually
from tests.patient_clients import http_client

SECONDS = 30
MOST_FEEDBACK = 500
SIZES = (1024 * 1024, 4096, 1)
NO_ROOM = "No space left on device"
RENEWED = "SELECT renewed_at FROM realtime_serverlease"


@pytest.fixture
def disk() -> Iterator[Path]:
    """A small file system, where PostgreSQL's own user may go as well."""
    folder = Path(mkdtemp(prefix="cluster-disk-"))
    words = ["mount", "-t", "tmpfs", "-o", "size=400m,mode=755", "tmpfs", str(folder)]
    if subprocess.run(words, check=False, capture_output=True).returncode:
        folder.rmdir()
        pytest.skip("This user may not mount anything.")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)
    shutil.rmtree(folder)


@pytest.fixture
def database(seeded: Callable[[str], Path], disk: Path) -> Iterator[PostgreSQL]:
    with closing(PostgreSQL(seeded("postgresql"), disk=disk)) as server:
        yield server


def fill(disk: Path) -> None:
    with (disk / "filler").open("wb", buffering=0) as filler:
        for size in SIZES:
            with suppress(OSError):
                while filler.write(b"\0" * size):
                    pass


async def test_a_full_disk_is_named_though_a_lease_still_fits(
    start_cluster: MakeCluster, database: PostgreSQL, disk: Path
) -> None:
    cluster = start_cluster(nodes=1)
    (node,) = cluster.nodes
    fill(disk)
    assert await is_refused(cluster)
    for _ in range(2):
        before = database.rows(RENEWED)
        await eventually(lambda: database.rows(RENEWED), before.__ne__, SECONDS)
    told = readyz(node)
    assert told["status"] == "unavailable"
    assert NO_ROOM in told["reasons"]["database"]
    said = doctor(node)["database"]
    assert said.startswith("failed: could not write")
    assert said.endswith(f"{NO_ROOM}. Make room on its disk.")

    (disk / "filler").unlink()
    await eventually(lambda: ready(cluster), lambda status: status == 200, SECONDS)
    log = await eventually(
        node.server.log.read_text, lambda log: "takes writes again" in log, SECONDS
    )
    begins = log.count("The database is out of disk space: ")
    assert begins == log.count("takes writes again") == 1, log


async def is_refused(cluster: Cluster) -> bool:
    """Give feedback until one is refused; the first may still find room in a page."""
    student = cluster.students_of("tutor1@example.com")[0]
    async with http_client() as client:
        for _ in range(MOST_FEEDBACK):
            answer = await give(cluster, client, student)
            if answer.status_code == 503:
                return True
    return False
