"""Several workers behind one address."""

import os
import signal
import time
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from tests.patient_clients import connect
from tests.server.conftest import Start
from tests.server.process import ServerProcess

pytestmark = pytest.mark.e2e


@pytest.fixture
def server(start_server: Start) -> ServerProcess:
    """Two workers; Redis is only asked for, and the migrated file in `var` only looked at."""
    return start_server("--workers", "2", REDIS_URL="redis://127.0.0.1:1", DATABASE_URL="")


def _workers(server: ServerProcess) -> set[int]:
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    return {int(pid) for pid in children.read_text().split()}


def _workers_other_than(server: ServerProcess, known: set[int]) -> set[int]:
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        found = _workers(server)
        if len(found) == 2 and not found & known:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{known} were not replaced, but {_workers(server)}: {server.output}")


async def test_all_workers_serve_and_stop_together(server: ServerProcess) -> None:
    server.puts_out("with 2 workers")
    server.puts_out("one SQLite file")
    async with connect(server.ws("echo")) as socket:
        await socket.send("a")
        assert await socket.recv() == "a"
        server.terminate()
        with pytest.raises(ConnectionClosed):
            await socket.recv()
    assert server.ended() == 0
    assert server.notes.count("stop") == 2


def test_a_worker_that_dies_is_started_again(server: ServerProcess) -> None:
    first = _workers(server)
    for pid in first:
        os.kill(pid, signal.SIGKILL)
    _workers_other_than(server, first)
    server.puts_out("is started again")


async def test_a_hangup_replaces_the_workers_one_by_one(server: ServerProcess) -> None:
    first = _workers(server)
    async with connect(server.ws("echo")) as socket:
        server.terminate(signal.SIGHUP)
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
        async with connect(server.ws("echo")) as again:
            await again.send("there is always one who listens")
            assert await again.recv()
    _workers_other_than(server, first)
    assert "started again" not in server.output


def test_workers_end_when_their_supervisor_is_killed(server: ServerProcess) -> None:
    server.process.kill()
    server.noted("stop")
    server.ended()
    deadline = time.monotonic() + 20
    while server.notes.count("stop") < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert server.notes.count("stop") == 2
