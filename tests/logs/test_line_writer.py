"""A log whose reader stands still, or whose disk is full: nobody waits, nothing is silent."""

import json
import os
import resource
import select
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from speaktracker.logs.line_writer import LineWriter

BOUND = 200_000
SECONDS = 30


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """Open a pipe as a log daemon would."""
    reading, writing = os.pipe()
    yield reading, writing
    os.close(reading)
    os.close(writing)


def writer_on(descriptor: int) -> LineWriter:
    writer = LineWriter(descriptor, BOUND, lambda text: json.dumps({"event": text}))
    writer.start()
    return writer


def is_refused(writer: LineWriter) -> None:
    """Wait until the writer's thread has met a refusal, and told of it."""
    deadline = time.monotonic() + SECONDS
    while not writer.refusal:
        assert time.monotonic() < deadline
        time.sleep(0.01)  # the writer's own thread is the event waited for


def read_until(reading: int, last: str) -> list[str]:
    """Read lines until one holds `last`."""
    data = b""
    while last.encode() not in data or not data.endswith(b"\n"):
        assert select.select([reading], [], [], SECONDS)[0], data[-200:]
        data += os.read(reading, 1 << 20)
    return data.decode().splitlines()


def test_lines_beyond_the_bound_are_counted_and_said_once(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    writer = writer_on(writing)
    for number in range(10_000):  # half a megabyte, of which a pipe takes 64 KiB
        writer.put(f"{number:050}")
    assert not writer.flush(0.01)
    lines = read_until(reading, "are lost")
    assert [int(line) for line in lines[:-1]] == list(range(len(lines) - 1))
    said = json.loads(lines[-1])["event"]
    assert said == f"{10_000 - len(lines) + 1} lines of the log are lost: nobody read them"
    writer.put("after")
    assert read_until(reading, "after") == ["after"]
    assert writer.flush(SECONDS)


def test_a_disk_that_was_full_leaves_whole_lines_and_says_so(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("speaktracker.logs.line_writer.RETRY_SECONDS", 0.01)
    full, size = tmp_path / "log", resource.getrlimit(resource.RLIMIT_FSIZE)
    descriptor = os.open(full, os.O_WRONLY | os.O_CREAT)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_005, size[1]))
    try:
        writer = writer_on(descriptor)
        for number in range(100):
            writer.put(f"{number:050}")
        is_refused(writer)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, size)
    assert writer.flush(SECONDS)
    *lines, said = full.read_text().splitlines()
    assert [int(line) for line in lines] == list(range(100))
    assert (
        json.loads(said)["event"]
        == "0 lines of the log are lost: they were refused: File too large"
    )
    assert capfd.readouterr().err.count("\n") == 1
    os.close(descriptor)


def test_a_full_device_is_one_line_on_standard_error(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("speaktracker.logs.line_writer.RETRY_SECONDS", 0.01)
    writer = writer_on(os.open("/dev/full", os.O_WRONLY))
    for _ in range(10_000):
        writer.put("x" * 50)
    is_refused(writer)
    assert not writer.flush(0.01)
    (said,) = capfd.readouterr().err.splitlines()
    assert json.loads(said)["event"].endswith("No space left on device")
    assert writer.refusal == "No space left on device"
