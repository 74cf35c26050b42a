"""Clusters on databases that were seeded once; bots that end with their test."""

import fcntl
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.cluster import Cluster
from tests.cluster.crowd import Crowd
from tests.cluster.databases import Database, PostgreSQL, SQLite, migrated_postgresql
from tests.migrated_sqlite import copy_migrated
from tests.server_process import CHEAP_PASSWORDS, ServerProcess
from tests.valkey import Valkey, running_valkey

TUTORS, STUDENTS = 5, 500
_SEED = f"""
import io
from django.core.management import call_command
call_command("seed_demo", tutors={TUTORS}, students={STUDENTS}, stdout=io.StringIO())
"""
MakeCluster = Callable[..., Cluster]
HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run one cluster at a time: they wait more than they work, and others work meanwhile."""
    for item in items:
        if item.path.parent != HERE:
            continue
        if not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group("cluster"))
        if not item.get_closest_marker("timeout"):  # which counts the seeding for all, too
            item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Callable[[str], Path]:
    """Seed each kind of database once for all workers of a run."""
    base = tmp_path_factory.getbasetemp()
    base = base if worker_id == "master" else base.parent

    def template(kind: str) -> Path:
        folder = base / f"cluster-{kind}"
        with folder.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.exists():
                _seed(kind, folder)
        return folder

    return template


def _seed(kind: str, folder: Path) -> None:
    scratch = folder.with_suffix(".work")
    scratch.mkdir()
    database: SQLite | PostgreSQL
    if kind == "sqlite":
        database = SQLite(scratch)
        copy_migrated(database.path)
    else:
        database = PostgreSQL(migrated_postgresql())
    try:
        environment = {**CHEAP_PASSWORDS, "DATABASE_URL": database.url}
        ServerProcess(scratch, environment).manage("shell", "-c", _SEED)
        if isinstance(database, PostgreSQL):
            database.stop()
            database.folder.rename(folder)
        else:
            folder.mkdir()
            database.path.rename(folder / database.path.name)
    finally:
        database.close()


@pytest.fixture
def database(
    request: pytest.FixtureRequest, seeded: Callable[[str], Path], tmp_path: Path
) -> Iterator[Database]:
    """A PostgreSQL of the test's own, or what it is parametrised with."""
    kind = getattr(request, "param", "postgresql")
    template = seeded(kind)
    made: Database
    if kind == "sqlite":
        made = SQLite(tmp_path, template / "cluster.sqlite3")
    else:
        made = PostgreSQL(template)
    yield made
    made.close()


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    """A Valkey that the test may kill."""
    with running_valkey() as server:
        yield server


@pytest.fixture
def start_cluster(
    request: pytest.FixtureRequest, tmp_path: Path, database: Database, valkey: Valkey
) -> Iterator[MakeCluster]:
    """Start nodes that end with the test."""
    made: list[Cluster] = []

    def start(programs: Sequence[tuple[str, ...]] = (), **options: Any) -> Cluster:
        cluster = Cluster(tmp_path, database, valkey, **options)
        made.append(cluster)
        for node, program in zip(cluster.nodes, programs, strict=False):
            node.program = program
        cluster.start()
        return cluster

    yield start
    for cluster in made:
        print(cluster.logs())  # noqa: T201 - pytest shows it with a failure
        cluster.close()


@contextmanager
def cluster_in(folder: Path, template: Path, **options: Any) -> Iterator[Cluster]:
    """Run a cluster for several tests, each of which has people of its own there."""
    with ExitStack() as running:
        database = running.enter_context(closing(PostgreSQL(template)))
        valkey = running.enter_context(running_valkey())
        cluster = Cluster(folder, database, valkey, **options)
        running.callback(cluster.close)
        cluster.start()
        yield cluster
        print(cluster.logs())  # noqa: T201 - pytest shows it with a failure


@pytest.fixture
async def crowd() -> AsyncIterator[Crowd]:
    """Clients that end with the test."""
    gathered = Crowd()
    yield gathered
    await gathered.close()
