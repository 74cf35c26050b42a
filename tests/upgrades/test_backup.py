"""A dump is restored an hour later with the very lines of docs/operations.md, beside DynamoDB."""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from speaktracker.devstack.stack import CREDENTIALS
from speaktracker.devstack.stack_servers import ministack
from tests.cluster.cluster import Cluster
from tests.cluster.crowd import Crowd, differences
from tests.cluster.dashboard import DashboardBot
from tests.cluster.databases import PostgreSQL, Row, postgresql_program
from tests.cluster.giver import Giver
from tests.cluster.student import StudentBot
from tests.cluster.waiting import nothing_left
from tests.handbook.shell_commands import commands_of
from tests.patient_clients import http_client
from tests.server_process import CHEAP_PASSWORDS, ROOT, ServerProcess
from tests.upgrades.test_side_by_side import sees
from tests.valkey import Valkey

TUTOR, SECONDS = "tutor1@example.com", 30


class Backup:
    """An installation whose operator follows the page, command by command."""

    def __init__(
        self, folder: Path, database: PostgreSQL, valkey: Valkey, tables_port: int
    ) -> None:
        self.database = database
        mirror: dict[str, Any] = {
            **CREDENTIALS,
            "MIRROR": "dynamodb",
            "AWS_REGION": "us-east-1",
            "DYNAMODB_ENDPOINT_URL": f"http://127.0.0.1:{tables_port}",
        }
        self.environment = {**CHEAP_PASSWORDS, **mirror, "DATABASE_URL": database.url}
        (folder / "office").mkdir()
        self.office = ServerProcess(folder / "office", self.environment)
        self.office.manage("migrate", "--verbosity=0")
        self.office.manage("seed_demo", "--tutors", "1", "--students", "2")
        self.office.manage("create_tables")
        self.cluster = Cluster(folder, database, valkey, **mirror)
        self._folder = folder / "office"
        (self._folder / ".venv").symlink_to(ROOT / ".venv")
        (self._folder / "manage.py").symlink_to(ROOT / "manage.py")

    def follow(self, wanted: tuple[str, ...]) -> None:
        """Give the commands of the page that have one of these words."""
        programs = Path(postgresql_program("pg_dump")).parent
        restored = self.database.url.removesuffix("/postgres") + "/speaktracker_restored"
        environment = {
            **os.environ,
            **self.environment,
            "PATH": f"{programs}:{os.environ['PATH']}",
            "RESTORED_URL": restored,
        }
        page = commands_of(ROOT / "docs" / "operations.md", ("ACL", "browsers"))
        lines = [one.text for one in page if any(word in one.text for word in wanted)]
        assert len(lines) == len(wanted)
        for line in lines:
            words = ["bash", "-c", line]
            subprocess.run(words, cwd=self._folder, env=environment, check=True, timeout=120)

    def move_on(self) -> None:
        """Have everybody use the restored database from now on."""
        self.database.url = self.database.url.removesuffix("/postgres") + "/speaktracker_restored"
        for server in [self.office, *(node.server for node in self.cluster.nodes)]:
            server._env["DATABASE_URL"] = self.database.url


@pytest.fixture
def backup(tmp_path: Path, valkey: Valkey) -> Iterator[Backup]:
    """An installation with two nodes."""
    with closing(PostgreSQL()) as database, ministack() as tables:
        made = Backup(tmp_path, database, valkey, tables.port)
        with closing(made.cluster):
            made.cluster.start()
            yield made
            print(made.cluster.logs())  # noqa: T201 - pytest shows it with a failure


@pytest.mark.soak
@pytest.mark.timeout(600)
async def test_a_class_is_brought_back_from_a_dump(backup: Backup, crowd: Crowd) -> None:
    cluster = backup.cluster
    boards = await crowd.add([DashboardBot(cluster, TUTOR)])
    here = await crowd.add([StudentBot(cluster, email) for email in cluster.students_of(TUTOR)])
    givers = [Giver(cluster, student.email) for student in here]
    async with http_client() as client:
        for student, giver in zip(here, givers, strict=True):
            await student.report("studying")
            await giver.give(client)
        await nothing_left(lambda: differences(boards, here), SECONDS)
        kept = [giver.given[0] for giver in givers]
        await asyncio.to_thread(backup.follow, ("pg_dump",))
        for giver in givers:
            await giver.give(client)
        for node in cluster.nodes:
            await asyncio.to_thread(node.stop)
        await asyncio.to_thread(
            backup.follow, ("createdb", "pg_restore", "manage.py migrate", "mirror --rebuild")
        )
        backup.move_on()
        assert {row[0].hex for row in stored(backup)} == {key.replace("-", "") for key in kept}
        await asyncio.to_thread(cluster.start)
        for bot in crowd.bots:
            await bot.is_here()
        for student, giver in zip(here, givers, strict=True):
            await student.report("paused")
            await giver.give(client)
        await nothing_left(lambda: differences(boards, here), SECONDS)
        for student, giver in zip(here, givers, strict=True):
            await sees(student, {giver.given[0], giver.given[2]})
    assert " 0 differences" in backup.office.manage("mirror", "--verify")
    assert not crowd.faults()


def stored(backup: Backup) -> list[Row]:
    """Read the ids of all feedback."""
    return backup.database.rows("SELECT message_id FROM feedback_feedback")
