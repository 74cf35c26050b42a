from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.process import ServerProcess

Start = Callable[..., ServerProcess]


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[Start]:
    """Start servers that end with the test."""
    started: list[ServerProcess] = []

    def start(*arguments: str, **environment: Any) -> ServerProcess:
        server = ServerProcess(tmp_path, *arguments, **environment)
        started.append(server)
        server.address()
        return server

    yield start
    for server in started:
        server.clean_up()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """Give one server to a whole module; tests must not stop it."""
    shared = ServerProcess(tmp_path_factory.mktemp("server"))
    shared.address()
    yield shared
    shared.clean_up()
