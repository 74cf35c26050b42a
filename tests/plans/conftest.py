"""One big school for all tests of plans."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.databases import PostgreSQL
from tests.plans import big_school
from tests.plans.logged_plans import START, LoggedPlans, Plan
from tests.server_process import ServerProcess

MIRROR = {
    "MIRROR": "dynamodb",
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
}


class BigSchool:
    """A database that is full, and the plans made in it."""

    def __init__(self, database: PostgreSQL, folder: Path) -> None:
        self._folder = folder
        self.database = database
        self.plans = LoggedPlans(database)
        self.printed = ""  # what the latest walk had to say

    def walk(self, module: str, call: str, **environment: str) -> list[Plan]:
        """Call a function of a module beside this one in a process whose database is the school.

        Returns the plans of what it asked.
        """
        self.plans.take()
        settings = {"DATABASE_URL": self.database.url, "EMAIL_URL": "smtp://127.0.0.1:9"}
        settings |= {"PUBLIC_URL": "http://localhost", **MIRROR, **environment}
        process = ServerProcess(self._folder, settings)
        command = f"from tests.plans.{module} import *; {call}"
        self.printed = process.manage("shell", "--verbosity=0", "-c", command)
        return self.plans.take()


@pytest.fixture(scope="session")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BigSchool]:
    """A month of a school; collated as in production, where LIKE needs an index of its own."""
    database = PostgreSQL(locale="C.UTF-8", options=START | big_school.QUICK)
    try:
        folder = tmp_path_factory.mktemp("school")
        ServerProcess(folder, {"DATABASE_URL": database.url}).manage("migrate", "--verbosity=0")
        big_school.fill(database.url)
        yield BigSchool(database, folder)
    finally:
        database.close()
