"""One cluster with people of every kind for all of these tests; its output is searched last."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from tests.cluster.databases import PostgreSQL, migrated_postgresql
from tests.patient_clients import PATIENCE_SECONDS, blocking_connect
from tests.rights.site import Outside, RightsSite
from tests.valkey import running_valkey

LAST = "test_output.py"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Search the output after everything that is put out, in whatever order that comes."""
    ours = [item for item in items if item.path.name == LAST]
    items[:] = [item for item in items if item not in ours] + ours


@pytest.fixture(scope="session")
def rights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RightsSite]:
    """Two processes, and everybody."""
    folder = tmp_path_factory.mktemp("rights")
    with ExitStack() as parts:
        outside = parts.enter_context(closing(Outside()))
        database = parts.enter_context(closing(PostgreSQL(migrated_postgresql())))
        valkey = parts.enter_context(running_valkey())
        made = parts.enter_context(closing(RightsSite(folder, database, valkey, outside)))
        made.start()
        made.gives("tutor", "second-student")
        made.gives("other-tutor", "other-student")
        for person in ("student", "tutor"):
            made.link(person)
        yield made


class Watcher:
    """A socket that stands while others call, and everything it is sent."""

    def __init__(self, site: RightsSite, person: str, port: int) -> None:
        self.person = person
        self.frames: list[str] = []
        headers = {"Authorization": f"Bearer {site.people[person]['access']}"}
        address = f"ws://127.0.0.1:{port}/ws/?acks=1"
        self._open = ExitStack()
        self.socket: ClientConnection = self._open.enter_context(
            blocking_connect(address, additional_headers=headers, compression=None)
        )
        self.frames.append(str(self.socket.recv(timeout=PATIENCE_SECONDS)))
        assert "connection_success" in self.frames[0], self.frames
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        try:
            for frame in self.socket:
                self.frames.append(str(frame))
        except ConnectionClosed:
            return

    def send(self, **message: object) -> None:
        """Send a message."""
        self.socket.send(json.dumps(message))

    def is_journalled(self, site: RightsSite) -> None:
        """Wait until the records of this student's session stand in SQL."""
        asked = "SELECT 1 FROM realtime_practicesession"
        deadline = time.monotonic() + 20
        while not site.database.rows(asked):
            assert time.monotonic() < deadline, "no practice session was recorded"
            time.sleep(0.1)

    def close(self) -> None:
        """Leave."""
        self._open.close()


@pytest.fixture(scope="session")
def watchers(rights: RightsSite) -> Iterator[dict[str, Watcher]]:
    """Sockets of the other class, and of a student who is in class, open for the whole run."""
    first, second = rights.ports
    made = {
        "connected": Watcher(rights, "connected", first),
        "other-tutor": Watcher(rights, "other-tutor", second),
        "other-connected": Watcher(rights, "other-connected", first),
    }
    made["connected"].send(type="status", status="studying", session_id="s1")
    yield made
    for watcher in made.values():
        watcher.close()
