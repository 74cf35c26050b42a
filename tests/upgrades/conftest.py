"""The sources of the release before this one, and databases without anything in them."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.cluster.conftest import crowd, valkey  # noqa: F401 - fixtures
from tests.cluster.databases import Database, PostgreSQL, SQLite
from tests.upgrades.release_before import lay_out


@pytest.fixture(scope="session")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources of the release before this one."""
    return lay_out(tmp_path_factory.mktemp("release") / "before")


@pytest.fixture
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A PostgreSQL, or the kind that it is parametrised with."""
    kind = getattr(request, "param", "postgresql")
    with closing(SQLite(tmp_path) if kind == "sqlite" else PostgreSQL()) as made:
        yield made
