"""Nothing of a process that is gone stands in the folder of the workers' metrics."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from speaktracker.metrics import shared_folder
from speaktracker.metrics.worker_processes import WorkerProcesses

# A process with metrics of its own: it opens sockets, says so, and waits to be ended.
WORKER = """
from speaktracker import metrics
for _ in range(4): metrics.connection_opened("student")
metrics.handled("status").inc(3)
print(flush=True)
input()
"""
SHOW = """
from speaktracker import metrics
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
registry = CollectorRegistry()
MultiProcessCollector(registry)
print(generate_latest(registry).decode())
"""
# One that waits between making the first file of its gauges and mapping it, to be told to go on.
SLOW = """
import sys
events = []
def hold(event, arguments):
    if event == "open" and str(arguments[0]).startswith(sys.argv[1] + "/gauge_live"):
        events.append(event)
    if event == "mmap.__new__" and events == ["open"]:
        events.append(event)
        print(flush=True)
        input()
sys.addaudithook(hold)
from speaktracker import metrics
metrics.connection_opened("student")
print(flush=True)
input()
"""
# One that starts beside it, and says so when it comes to the first lock.
BESIDE = """
import sys
sys.addaudithook(lambda event, _: event == "fcntl.flock" and print(flush=True))
from speaktracker import metrics
"""
NAME = shared_folder.VARIABLE


@pytest.fixture
def named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that somebody named, and that is not there yet."""
    folder = tmp_path / "of" / "metrics"
    monkeypatch.setenv(NAME, str(folder))
    return folder


@contextmanager
def started(code: str, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """Start a process that says when it has come so far, and kill it at the end."""
    words = [sys.executable, "-c", code, *arguments]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(words, **pipes) as process:  # type: ignore[call-overload]
        assert process.stdout is not None
        assert process.stdout.readline() == "\n"
        yield process
        process.kill()


@pytest.fixture
def worker(named: Path) -> Iterator["subprocess.Popen[str]"]:
    """A process that keeps its metrics in the named folder."""
    with started(WORKER) as process:
        yield process


def shown() -> tuple[str, str]:
    """Have a new process read the folder: open sockets of students, and statuses handled."""
    text = subprocess.run([sys.executable, "-c", SHOW], check=True, capture_output=True, text=True)
    lines = dict(
        line.rsplit(" ", 1) for line in text.stdout.splitlines() if line[:1] not in ("", "#")
    )
    return (
        lines['speaktracker_active_connections{user_type="student"}'],
        lines['speaktracker_messages_total{message_type="status",status="success"}'],
    )


def test_gauges_of_the_living_stay_and_of_the_dead_go(worker: "subprocess.Popen[str]") -> None:
    assert shown() == ("4.0", "3.0")
    worker.kill()
    worker.wait()
    assert shown() == ("0.0", "3.0")


def test_who_starts_beside_another_leaves_its_file_that_is_not_mapped_yet(named: Path) -> None:
    with started(SLOW, str(named)) as slow, started(BESIDE) as beside:
        assert slow.stdin is not None
        assert slow.stdout is not None
        slow.stdin.write("\n")
        slow.stdin.flush()
        assert slow.stdout.readline() == "\n"
        beside.wait(60)
        assert shown()[0] == "1.0"


def test_a_number_that_another_process_has_by_now_is_no_process(named: Path) -> None:
    named.mkdir(parents=True)
    reused = [named / f"gauge_livesum_{pid}.db" for pid in (os.getpid(), os.getppid())]
    counted = named / f"counter_{os.getppid()}.db"
    for file in (*reused, counted):
        file.touch()
    with shared_folder.prepared():
        pass
    # Of one that had our number or nobody has, what was counted is folded; this one may live.
    assert {file.name for file in named.glob("*.db")} == {counted.name}


def test_each_living_process_has_its_own_figures(worker: "subprocess.Popen[str]") -> None:
    found = {
        sample.labels["pid"]: sample.value
        for family in WorkerProcesses().collect()
        for sample in family.samples
        if sample.name == "process_resident_memory_bytes"
    }
    assert found.keys() == {str(worker.pid)}
    assert found[str(worker.pid)] > 1_000_000


def test_a_folder_that_cannot_be_made_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(NAME, str(tmp_path / "file" / "metrics"))
    with pytest.raises(ImproperlyConfigured, match=NAME), shared_folder.prepared():
        pass


def test_workers_get_a_folder_of_their_own_that_goes_with_their_supervisor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(NAME, raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    abandoned = tmp_path / f"{shared_folder.PREFIX}killed"
    (abandoned / "more").mkdir(parents=True)
    os.utime(abandoned, (0, 0))
    with shared_folder.folder_for_workers():
        ours = Path(os.environ[NAME])
        os.utime(ours, (0, 0))
        assert list(tmp_path.iterdir()) == [ours]
        assert ours.stat().st_mode & 0o077 == 0
        shared_folder._remove_abandoned()  # as the next server does
        assert ours.exists()
    assert not list(tmp_path.iterdir())
    assert NAME not in os.environ


def test_a_folder_that_was_named_is_kept(named: Path) -> None:
    with shared_folder.folder_for_workers():
        assert os.environ[NAME] == str(named)
    assert os.environ[NAME] == str(named)
