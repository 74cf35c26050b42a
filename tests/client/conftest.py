"""A real server, the example of docs/client.md on another origin, and the client packed by npm."""

import json
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.client.node import CLIENT, NPM, ROOT, installed
from tests.server_process import CHEAP_PASSWORDS, ServerProcess

EXAMPLE = ROOT / "docs" / "example"
# Where `make run` listens, as the example has it.
ADDRESS = "127.0.0.1:8000"


@dataclass(frozen=True)
class Elsewhere:
    """A server, and the origin that serves the example to use it."""

    server: ServerProcess
    origin: str


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        """Keep the requests to itself."""


@pytest.fixture(scope="session")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    """Serve the classroom, and the example with nothing but the port of the server replaced."""
    folder = tmp_path_factory.mktemp("example")
    handler = partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as files:
        origin = f"http://127.0.0.1:{files.server_address[1]}"
        environment = {**CHEAP_PASSWORDS, "ALLOWED_ORIGINS": origin}
        server = ServerProcess(tmp_path_factory.mktemp("server"), environment)
        for file in EXAMPLE.iterdir():
            text = file.read_text(encoding="utf-8").replace(ADDRESS, f"127.0.0.1:{server.port}")
            (folder / file.name).write_text(text, encoding="utf-8")
        Thread(target=files.serve_forever, daemon=True).start()
        server.migrate()
        server.manage("seed_demo", "--tutors", "4", "--students", "4")
        with server:
            yield Elsewhere(server, origin)
        files.shutdown()


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the folder of another team's program that has the client from npm, and `ws`."""
    folder = tmp_path_factory.mktemp("program")
    packed = subprocess.run(
        [NPM, "pack", "--json", "--pack-destination", str(folder), str(CLIENT)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    modules = folder / "node_modules"
    with tarfile.open(folder / json.loads(packed.stdout)[0]["filename"]) as archive:
        archive.extractall(modules, filter="data")
    (modules / "package").rename(modules / "speaktracker-client")
    for name in ("ws", "@types"):
        (modules / name).symlink_to(installed(name))
    (folder / "package.json").write_text('{"type": "module"}')
    return folder
