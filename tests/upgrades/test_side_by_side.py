"""The release before this one and this one, on one database, one after the other and together."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import redis

from tests.cluster.cluster import Cluster
from tests.cluster.crowd import Crowd, differences
from tests.cluster.dashboard import DashboardBot
from tests.cluster.databases import Database
from tests.cluster.giver import Giver
from tests.cluster.student import StudentBot
from tests.cluster.waiting import eventually, nothing_left
from tests.patient_clients import http_client
from tests.server_process import CHEAP_PASSWORDS, ROOT, ServerProcess
from tests.valkey import Valkey

TUTOR = "tutor1@example.com"
# A dashboard's own check is at most ten seconds apart, feedback is reread every fifteen.
SECONDS = 30
# How long Redis keeps anything at most, as docs/operations.md says.
KEPT_SECONDS = 3600
PEOPLE = ("seed_demo", "--tutors", "1", "--students")

pytestmark = [
    pytest.mark.soak,
    pytest.mark.timeout(600),
    pytest.mark.parametrize("empty_database", ["postgresql", "sqlite"], indirect=True),
]


@pytest.fixture
def office(empty_database: Database, before: Path, tmp_path: Path) -> ServerProcess:
    """Where commands are given: of the release before, which has made its tables and people."""
    folder = tmp_path / "office"
    folder.mkdir()
    made = ServerProcess(folder, {**CHEAP_PASSWORDS, "DATABASE_URL": empty_database.url})
    made.tree = before
    made.manage("migrate", "--verbosity=0")
    made.manage(*PEOPLE, "4")
    return made


@pytest.fixture
def both(
    office: ServerProcess, empty_database: Database, valkey: Valkey, before: Path, tmp_path: Path
) -> Iterator[Cluster]:
    """A node of the release before and one of this, which are not started yet."""
    with closing(Cluster(tmp_path, empty_database, valkey)) as made:
        made.nodes[0].server.tree = before
        yield made
        for node in made.nodes:
            if node.server.log.exists():
                print(node.server.tail(200))  # noqa: T201 - pytest shows it with a failure


def migrate(office: ServerProcess) -> None:
    """Make the tables this release's."""
    office.tree = ROOT
    office.manage("migrate", "--verbosity=0")


async def test_a_class_goes_on_through_a_roll(
    both: Cluster, office: ServerProcess, crowd: Crowd, before: Path, valkey: Valkey
) -> None:
    old, new = both.nodes
    await asyncio.to_thread(old.start)
    pupils = both.students_of(TUTOR)
    here = await crowd.add([StudentBot(both, email, lambda: old.port) for email in pupils[:2]])
    await asyncio.to_thread(migrate, office)
    await asyncio.to_thread(new.start)
    boards = await crowd.add([DashboardBot(both, TUTOR, lambda n=n: n.port) for n in both.nodes])
    here += await crowd.add(
        [
            StudentBot(both, e, lambda n=n: n.port)
            for n, e in zip(both.nodes, pupils[2:], strict=True)
        ]
    )
    for student in here:
        await student.report("studying")
    givers = [Giver(both, student.email) for student in here]
    async with http_client() as client:
        for giver in givers:
            await giver.give(client)
            await giver.give(client)
        await all_is_shown(boards, here, givers)
        office.tree = before
        await asyncio.to_thread(office.manage, *PEOPLE, "6")
        await asyncio.to_thread(old.stop)
        old.server.tree = ROOT
        await asyncio.to_thread(old.start)
        for student in here:
            await student.is_here()
            await student.report("paused")
        for giver in givers:
            await giver.give(client)
        await all_is_shown(boards, here, givers)
    assert not crowd.faults()
    with closing(redis.Redis(port=valkey.port)) as counts:
        lasting = {key: counts.ttl(key) for key in counts.scan_iter()}
    assert lasting, "nothing was counted"
    assert all(0 < seconds <= KEPT_SECONDS for seconds in lasting.values()), lasting


async def all_is_shown(
    boards: list[DashboardBot], here: list[StudentBot], givers: list[Giver]
) -> None:
    """Wait until dashboards show what is so, and students all that was given."""
    await nothing_left(lambda: differences(boards, here), SECONDS)
    for student, giver in zip(here, givers, strict=True):
        await sees(student, set(giver.given))


async def sees(student: StudentBot, given: set[str]) -> None:
    """Wait until a student was shown all of this feedback."""
    await eventually(
        lambda: given - {frame["message_id"] for frame in student.shown},
        lambda missing: not missing,
        SECONDS,
    )


async def test_this_one_refuses_the_old_tables_and_serves_once_they_are_migrated(
    both: Cluster, office: ServerProcess, crowd: Crowd
) -> None:
    new = both.nodes[1]
    with pytest.raises(AssertionError, match=r"Migrations are missing .* run `manage.py migrate`"):
        await asyncio.to_thread(new.start)
    await asyncio.to_thread(migrate, office)
    await asyncio.to_thread(new.start)
    board = await crowd.one(DashboardBot(both, TUTOR, lambda: new.port))
    student = await crowd.one(StudentBot(both, both.students_of(TUTOR)[0], lambda: new.port))
    await student.report("studying")
    await nothing_left(lambda: differences([board], [student]), SECONDS)
    assert not crowd.faults()
