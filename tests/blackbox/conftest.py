"""Real servers: an ordinary one for a worker's whole run, others for modules with `ENVIRONMENT`."""

import fcntl
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.blackbox.classroom import Classroom, Pair, Site, seed


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Seed a database once for all workers of a run."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "blackbox"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            seed(folder)
    return folder


@pytest.fixture(scope="session")
def ordinary(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve with the limits as they are, but for one that fills two pages of a list."""
    environment = {"AUDIO_URL_HOSTS": "audio.example.com", "STUDENT_FEEDBACK_PER_MINUTE": "100"}
    site = Site(seeded, tmp_path_factory.mktemp("site"), environment)
    yield from _serve(site)


@pytest.fixture(scope="module")
def site(
    request: pytest.FixtureRequest, seeded: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """Serve with the module's ENVIRONMENT and ARGUMENTS, or share the ordinary server."""
    environment = getattr(request.module, "ENVIRONMENT", None)
    if environment is None:
        yield request.getfixturevalue("ordinary")
    else:
        arguments = getattr(request.module, "ARGUMENTS", ())
        yield from _serve(Site(seeded, tmp_path_factory.mktemp("site"), environment), *arguments)


@pytest.fixture
async def room(site: Site) -> AsyncIterator[Classroom]:
    """Give one test its clients."""
    classroom = Classroom(site)
    yield classroom
    await classroom.close()


@pytest.fixture
def pair(site: Site) -> Pair:
    """Give one test a tutor with two students."""
    return site.pair()


def _serve(site: Site, *arguments: str) -> Iterator[Site]:
    command = (sys.executable, "manage.py", "serve", "--port", str(site.server.port), *arguments)
    site.server.serve(*command)
    yield site
    site.server.stop()
