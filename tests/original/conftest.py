"""One ministack with the team's tables and functions, and one server of ours on the same tables."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from speaktracker.devstack.stack_servers import ministack
from tests.client.node import installed
from tests.original.sites import (
    KEY_ID,
    LANGUAGES,
    SECRET,
    STACK,
    Cloud,
    MovedSite,
    OriginalSite,
    Room,
)
from tests.original.team_tables import make_tables
from tests.server_process import CHEAP_PASSWORDS, ServerProcess


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """Start the account in which the team has made its tables."""
    installed("@aws-sdk/client-dynamodb")
    with pytest.MonkeyPatch.context() as patch:
        # Functions run by the `node` that is found first.
        patch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
        server = ministack()
    with server:
        made = Cloud(server.port)
        make_tables(made)
        yield made


@pytest.fixture(scope="module")
def server(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """Serve with the team's tables as the mirror, and a key pair for the team."""
    environment = {
        "MIRROR": "dynamodb",
        "STACK": STACK,
        "DYNAMODB_ENDPOINT_URL": cloud.url,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "MANAGEMENT_API_KEYS": f"{KEY_ID}:{SECRET}:POST",
    }
    made = ServerProcess(tmp_path_factory.mktemp("moved"), {**CHEAP_PASSWORDS, **environment})
    made.migrate()
    made.manage("seed_demo", "--tutors", "2", "--students", "2")
    made.serve()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def originals(cloud: Cloud) -> Iterator[dict[str, Room]]:
    """Deploy the original in each language, with people at its sockets."""
    rooms = {language: Room(OriginalSite(cloud, language)) for language in LANGUAGES}
    yield rooms
    for room in rooms.values():
        room.close()


@pytest.fixture(scope="module")
def moved(cloud: Cloud, server: ServerProcess) -> Iterator[dict[str, Room]]:
    """Deploy the same handlers with our server as their endpoint, and people at its sockets."""
    rooms = {language: Room(MovedSite(cloud, language, server)) for language in LANGUAGES}
    yield rooms
    for room in rooms.values():
        room.close()


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    """Run with the handlers in each language."""
    name: str = request.param
    return name


@pytest.fixture(params=["originals", "moved"])
def room(request: pytest.FixtureRequest, language: str) -> Room:
    """Give one place and then the other."""
    found: Room = request.getfixturevalue(request.param)[language]
    return found
