"""The installation of a run, which ends with it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.cluster.databases import PostgreSQL
from tests.cluster.random_faults.installation import Installation, running_installation


@pytest.fixture
async def installation(tmp_path: Path, database: PostgreSQL) -> AsyncIterator[Installation]:
    """Three nodes with everything they stand on."""
    async with running_installation(tmp_path, database) as running:
        yield running
        print(running.logs())  # noqa: T201 - pytest shows it with a failure
