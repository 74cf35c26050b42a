"""A server whose log nobody reads serves on, loses no status, and stops in its usual time."""

import asyncio
import fcntl
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.blackbox.classroom import Classroom, Pair, Site

ENVIRONMENT = {
    "LOG_QUEUE_KIB": "4",
    "LOG_MESSAGES_PER_SECOND": "100000",
    "USER_MESSAGES_PER_SECOND": "1000",
}
PIPE_BYTES = 4096
STATUSES = 100
SECONDS = 30
pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("blackbox-stalled-log")]


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[int]:
    """Open the end that a log daemon reads; the server's own takes a page, then nothing."""
    os.mkfifo(tmp_path / "server.log")
    descriptor = os.open(tmp_path / "server.log", os.O_RDONLY | os.O_NONBLOCK)
    fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    yield descriptor
    os.close(descriptor)


@pytest.fixture
def site(seeded: Path, tmp_path: Path, reader: int) -> Iterator[Site]:
    """Serve into the pipe."""
    site = Site(seeded, tmp_path, ENVIRONMENT)
    site.server.serve(sys.executable, "manage.py", "serve", "--port", str(site.server.port))
    yield site
    site.server.kill()


async def what_flows(reader: int, until: str) -> list[dict[str, object]]:
    """Read the log until `until` stands in it."""
    written = b""
    async with asyncio.timeout(SECONDS):
        while until.encode() not in written or not written.endswith(b"\n"):
            try:
                written += os.read(reader, 1 << 16)
            except BlockingIOError:
                await asyncio.sleep(0.01)  # the server's own writing is the event waited for
    return [json.loads(line) for line in written.splitlines()]


async def test_who_reads_no_log_stops_nothing(room: Classroom, pair: Pair, reader: int) -> None:
    tutor, student = await room.enters(pair.tutor), await room.enters(pair.student)
    for number in range(STATUSES):
        await student.reports("studying", current_sentence=f"Sentence {number}.")
    await tutor.hears("dashboard", current_sentence=f"Sentence {STATUSES - 1}.")
    assert (await room.http().get("/healthz")).status_code == 200
    assert "speaktracker_log_lines_lost_total 0.0" not in (await room.http().get("/metrics")).text

    lines = await what_flows(reader, "are lost")
    assert len(lines) < STATUSES
    assert sum("lines of the log are lost" in str(line) for line in lines) == 1
    await student.reports("paused")
    lines = await what_flows(reader, '"message_type": "status"')
    assert lines[-1]["user_email"] == pair.student


async def test_it_stops_in_its_usual_time(room: Classroom, pair: Pair, reader: int) -> None:
    student = await room.enters(pair.student)
    for _ in range(STATUSES):
        await student.reports("studying")
    await asyncio.to_thread(room.server.stop)
    assert await student.is_closed_with() == 1012
