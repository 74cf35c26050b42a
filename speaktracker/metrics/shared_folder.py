"""The folder where worker processes keep their metrics for each other, so that one answers for all.

prometheus_client names its files by the process and never deletes one: what a killed worker held
open would stand for ever, and be taken over by whoever gets its process id next.
What it counted is kept.
"""

import fcntl
import logging
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Final

import psutil
from django.core.exceptions import ImproperlyConfigured
from prometheus_client.multiprocess import mark_process_dead

from speaktracker import env
from speaktracker.metrics.folded_counts import fold, locked

VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
PREFIX: Final = "speaktracker-metrics-"
LIVE_GAUGES: Final = "gauge_live*_*.db"
START_LOCK: Final = "start.lock"
# A younger folder may belong to somebody who is about to lock it.
ABANDONED_SECONDS: Final = 60
_log = logging.getLogger(__name__)


def metrics_folder() -> Path | None:
    """Name the folder; None where this process keeps its metrics to itself."""
    named = env.text("PROMETHEUS_MULTIPROC_DIR")
    return Path(named) if named else None


@contextmanager
def prepared() -> Iterator[None]:
    """Make the folder that was named, without files of processes that are gone.

    All gauges are to be made in it, and no metric before. Whoever starts beside us waits until
    they are: a file that is not mapped yet looks like one that somebody left. Raises
    ImproperlyConfigured.
    """
    folder = metrics_folder()
    with ExitStack() as held:
        try:
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)
                held.enter_context(locked(folder / START_LOCK, fcntl.LOCK_EX))
                _take_out_the_dead(folder)
        except OSError as error:
            raise ImproperlyConfigured(
                f"{VARIABLE} must name a folder that this user may write in: {folder}: "
                f"{error.strerror}"
            ) from None
        yield


def _take_out_the_dead(folder: Path) -> None:
    for file in folder.glob(LIVE_GAUGES):
        if not _is_held(file):
            file.unlink(missing_ok=True)
    # One that had our number is gone, too; our own files are yet to be made.
    fold(folder, os.getpid())


def mark_dead(pid: int) -> None:
    """Take the files of a process that has ended out; what it counted stays."""
    folder = metrics_folder()
    if folder is None:
        return
    try:
        mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]
        fold(folder, pid)
    except OSError as error:
        _log.warning(
            "The metrics of worker %s keep files of their own in %s: %s. They are tried again when"
            " the next worker ends: make room there, or let this user write.",
            *(pid, folder, error.strerror),
        )


def living_processes() -> list[int]:
    """List the processes whose gauges stand in the folder."""
    folder = metrics_folder()
    return sorted({_process_of(file) for file in folder.glob(LIVE_GAUGES)}) if folder else []


@contextmanager
def folder_for_workers() -> Iterator[None]:
    """Have processes that are started meanwhile share a new folder, unless one was named."""
    if metrics_folder():
        yield
        return
    _remove_abandoned()
    with TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as folder:
        # Held until we end, however that comes: by this the next one knows ours from a dead one's.
        descriptor = os.open(folder, os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        os.environ[VARIABLE] = folder
        try:
            yield
        finally:
            del os.environ[VARIABLE]
            os.close(descriptor)


def _remove_abandoned() -> None:
    """Remove folders of supervisors that were killed."""
    for folder in Path(gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):  # another user's, or another supervisor's
            descriptor = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                found = os.fstat(descriptor)
                is_old = time.time() - found.st_mtime > ABANDONED_SECONDS
                if is_old and found.st_uid == os.getuid():
                    shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(descriptor)


def _process_of(file: Path) -> int:
    return int(file.stem.rpartition("_")[2])


def _is_held(file: Path) -> bool:
    """Tell whether the process that a file is named by has it open, and not merely its number."""
    pid = _process_of(file)
    try:
        return str(file.resolve()) in Path(f"/proc/{pid}/maps").read_text(encoding="utf-8")
    except OSError:  # it is gone, or another user's; or no Linux
        return not Path("/proc/self").exists() and pid != os.getpid() and psutil.pid_exists(pid)
