"""Workers that died leave what they counted, and not a file each."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import psutil
import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.mmap_dict import MmapedDict, mmap_key
from prometheus_client.multiprocess import MultiProcessCollector

from speaktracker.metrics import shared_folder
from speaktracker.metrics.folded_counts import FOLDED, fold
from tests.metrics.test_shared_folder import NAME

# A process that counts, keeps a delay, opens a socket, says so, and waits to be ended.
WORKER = """
from speaktracker import metrics
for _ in range(3): metrics.handled("status").inc()
metrics.status_delay(0.0)(True)
metrics.connection_opened("student")
print(flush=True)
input()
"""
# Prometheus, all the time: each sum that it sees, until it is told to end.
SCRAPES = """
import sys, threading
from speaktracker.metrics.folded_counts import FoldedCollector
ended = threading.Event()
threading.Thread(target=lambda: (input(), ended.set()), daemon=True).start()
collector, seen = FoldedCollector(sys.argv[1]), set()
def look():
    return [s.value for f in collector.collect() for s in f.samples if s.name == "x_total"][0]
seen.add(look())
print(flush=True)
while not ended.is_set():
    seen.add(look())
print(*seen)
"""
# A supervisor that is killed just before its nth change of a name.
FOLD = """
import os, signal, sys
from pathlib import Path
from speaktracker.metrics.folded_counts import fold
left = int(sys.argv[3])
def watch(event, _):
    global left
    if event in ("os.rename", "os.remove"):
        left -= 1
        if left == 0: os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
fold(Path(sys.argv[1]), int(sys.argv[2]))
"""
COUNT_OF_STATUSES = ("speaktracker_messages_total", "status", "success")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(NAME, str(tmp_path))
    return tmp_path


def gone() -> Iterator[int]:
    """Name processes that there are not."""
    return (pid for pid in range(4_000_000, 5_000_000) if not psutil.pid_exists(pid))


def leave(folder: Path, pid: int, **counts: float) -> Path:
    """Leave the counters of a process as it would, by their names."""
    file = folder / f"counter_{pid}.db"
    values = MmapedDict(str(file))
    for name, value in counts.items():
        key = mmap_key(name, f"{name}_total", [], [], "Counts")
        values.write_value(key, value, 0.0)
    values.close()
    return file


def sums(folder: Path) -> dict[tuple[str, ...], float]:
    """Add the folder up, whoever left the files: samples by name and label values."""
    families = MultiProcessCollector(CollectorRegistry(), str(folder)).collect()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in families
        if family.type != "gauge"
        for sample in family.samples
    }


def apart() -> dict[str, str]:
    """Return the environment of a process that keeps no metrics in the folder itself."""
    return {name: value for name, value in os.environ.items() if name != NAME}


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.glob("*.*") if file.suffix != ".lock"}


def test_of_workers_that_die_the_counts_stay_and_the_files_do_not(folder: Path) -> None:
    for number in range(1, 4):
        with subprocess.Popen(
            [sys.executable, "-c", WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"\n"
            counted = sums(folder)
            process.kill()
        shared_folder.mark_dead(process.pid)
        assert sums(folder) == counted
        assert counted[COUNT_OF_STATUSES] == 3 * number
        assert counted["speaktracker_message_delay_seconds_bucket", "+Inf"] == number
        assert names(folder) == {f"counter_{FOLDED}.db", f"histogram_{FOLDED}.db"}


def test_a_start_folds_whoever_is_gone_and_nobody_who_lives(folder: Path) -> None:
    dead = [leave(folder, pid, x=1) for pid in islice(gone(), 3)]
    (folder / dead[0].name.replace("counter", "histogram")).touch()  # killed as it began
    living = leave(folder, psutil.Process().ppid(), x=4)
    with shared_folder.prepared():
        pass
    assert sums(folder) == {("x_total",): 7}
    assert names(folder) == {living.name, f"counter_{FOLDED}.db"}


def test_what_is_folded_a_thousand_times_grows_only_with_its_names(folder: Path) -> None:
    for number, pid in enumerate(islice(gone(), 1000)):
        leave(folder, pid, **{f"x{number % 5}": 1})
        fold(folder, pid)
    (file,) = (folder / name for name in names(folder))
    assert sums(folder) == {(f"x{number}_total",): 200 for number in range(5)}
    assert file.stat().st_size < 1000


def test_no_scrape_sees_a_sum_fall_or_counted_twice(folder: Path) -> None:
    pids = list(islice(gone(), 300))
    for pid in pids:
        leave(folder, pid, x=1)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(
        [sys.executable, "-c", SCRAPES, str(folder)], env=apart(), **pipes
    ) as scraper:  # type: ignore[call-overload]
        assert scraper.stdout is not None
        scraper.stdout.readline()
        while len(names(folder)) > 1:  # what meets a scrape is left to the next
            fold(folder, pids[0])
        seen, _ = scraper.communicate("\n")
    assert seen.split() == ["300.0"]


@pytest.mark.parametrize("killed_before", [1, 2, 3])
def test_a_supervisor_that_is_killed_as_it_folds_loses_and_doubles_nothing(
    folder: Path, killed_before: int
) -> None:
    first, second = islice(gone(), 2)
    leave(folder, first, x=1)
    fold(folder, first)
    leave(folder, second, x=2)
    arguments = [sys.executable, "-c", FOLD, str(folder), str(second), str(killed_before)]
    assert subprocess.run(arguments, env=apart(), check=False).returncode == -signal.SIGKILL
    assert len(names(folder)) > 1
    with shared_folder.prepared():
        pass
    assert sums(folder) == {("x_total",): 3}
    assert names(folder) == {f"counter_{FOLDED}.db"}


def test_what_cannot_be_folded_counts_on_and_is_told(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pid = next(gone())
    leave(folder, pid, x=1)
    (folder / f"counter_{FOLDED}.new").mkdir()
    shared_folder.mark_dead(pid)
    assert sums(folder) == {("x_total",): 1}
    assert str(folder) in caplog.text
