"""Run pytest on a PostgreSQL made for the run: `python -m tests.on_postgresql WORDS_OF_PYTEST…`.

Tests that ask for no database are left out: another one is nothing to them.
"""

import os
import subprocess
import sys
from contextlib import closing

import pytest

from tests.cluster.databases import PostgreSQL

DATABASES = {"db", "transactional_db"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests that ask for a database, by their mark or by a fixture."""
    unasked = [item for item in items if not _asks(item)]
    config.hook.pytest_deselected(items=unasked)
    items[:] = [item for item in items if _asks(item)]


def _asks(item: pytest.Item) -> bool:
    fixtures = getattr(item, "fixturenames", ())
    return bool(item.get_closest_marker("django_db")) or not DATABASES.isdisjoint(fixtures)


def main(words: list[str]) -> int:
    """Run pytest with these words; returns its code."""
    with closing(PostgreSQL()) as database:
        environment = {**os.environ, "DATABASE_URL": database.url}
        command = [sys.executable, "-m", "pytest", "-p", "tests.on_postgresql", *words]
        return subprocess.run(command, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
