"""What ended processes counted, in one file for each kind, so that their own files need not stay.

A supervisor whose workers die each minute would fill the disk with them, and each scrape reads all.
"""

import fcntl
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psutil
from prometheus_client.metrics_core import Metric
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

# Gauges are no counts: those of the dead are taken out.
KINDS: Final = ("counter", "histogram", "summary")
FOLDED: Final = "folded"  # where other files have the number of their process
LOCK: Final = "fold.lock"
# What one entry takes in a file of prometheus_client beside its name, at most: two numbers of four
# and eight bytes, a time of eight, and eight to fill up.
ENTRY_BYTES: Final = 28
HEAD_BYTES: Final = 8


class FoldedCollector(MultiProcessCollector):
    """All processes of a folder, never while a file is both there and folded, or neither."""

    def __init__(self, folder: Path | str) -> None:
        super().__init__(None, str(folder))  # type: ignore[no-untyped-call]
        self._folder = Path(folder)

    def collect(self) -> Iterable[Metric]:
        """Add the files up; waits for the milliseconds that one takes to be folded."""
        with locked(self._folder / LOCK, fcntl.LOCK_SH):
            found: Iterable[Metric] = super().collect()  # type: ignore[no-untyped-call]
            return found


def fold(folder: Path, ended: int) -> None:
    """Fold what the process `ended` counted, and others that there are no more, into one file.

    Where a scrape is reading, it is left to the next call: who calls must not wait. Raises OSError
    where the folder cannot be written; then everything counts on as it stands.
    """
    try:
        with locked(folder / LOCK, fcntl.LOCK_EX | fcntl.LOCK_NB):
            _finish(folder)
            for kind in KINDS:
                for file in folder.glob(f"{kind}_*.db"):
                    pid = file.stem.rpartition("_")[2]
                    # Another's number may have been given anew: then its file waits for that end.
                    if pid != FOLDED and (int(pid) == ended or not psutil.pid_exists(int(pid))):
                        _fold_file(file, folder / f"{kind}_{FOLDED}.db")
    except BlockingIOError:
        return


def _fold_file(file: Path, into: Path) -> None:
    if not file.stat().st_size:  # it was killed as it began
        file.unlink()
        return
    sums: defaultdict[str, float] = defaultdict(float)
    for counted in (into, file):
        if counted.exists():
            for key, value, *_ in MmapedDict.read_all_values_from_file(counted):  # type: ignore[no-untyped-call]
                sums[key] += value
    new = into.with_suffix(".new")
    # Zeros that are written: a full disk would end this process at a page that was only promised.
    new.write_bytes(bytes(HEAD_BYTES + sum(len(key.encode()) + ENTRY_BYTES for key in sums)))
    values = MmapedDict(str(new))  # type: ignore[no-untyped-call]
    for key, value in sums.items():
        values.write_value(key, value, 0.0)  # type: ignore[no-untyped-call]
    values.close()  # type: ignore[no-untyped-call]
    # Whoever is killed between these leaves what says how far it came: `_finish` goes on there.
    out = file.rename(file.with_suffix(".out"))
    new.rename(into)
    out.unlink()


def _finish(folder: Path) -> None:
    """Do what is left of a fold whose process was killed in it."""
    for out in folder.glob("*.out"):
        into = folder / f"{out.stem.partition('_')[0]}_{FOLDED}.db"
        new = into.with_suffix(".new")
        if new.exists():
            new.rename(into)
        out.unlink()
    for unused in folder.glob("*.new"):
        unused.unlink()


@contextmanager
def locked(file: Path, how: int) -> Iterator[None]:
    """Hold the lock of a file that is made for it, which ends with the process that holds it."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)
