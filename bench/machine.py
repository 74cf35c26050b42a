"""The machine: which core does what, what a process costs, and its one-line description."""

import os
import platform
import resource
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import psutil

CORES = os.cpu_count() or 1
CAN_PIN = sys.platform == "linux" and CORES >= 2
SERVER_CORES = frozenset({0}) if CAN_PIN else frozenset(range(CORES))
LOAD_CORES = frozenset({1}) if CAN_PIN else frozenset(range(CORES))
ALL_CORES = frozenset(range(CORES))


def pin(cores: frozenset[int]) -> None:
    """Keep this process, and what it starts from now on, on `cores`."""
    if CAN_PIN:
        os.sched_setaffinity(0, cores)


def allow_many_files() -> int:
    """Raise the number of files this process may open; return it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65_536 if hard == resource.RLIM_INFINITY else hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted


def tree(pid: int) -> list[psutil.Process]:
    """List a process and all its descendants."""
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def cpu_seconds(processes: Sequence[psutil.Process]) -> float:
    """Add up what `processes` have used so far (user and system, ended threads included)."""
    total = 0.0
    for process in processes:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def memory_kib(processes: Sequence[psutil.Process]) -> float:
    """Add up resident memory, shared pages once where the system tells."""
    total = 0
    for process in processes:
        full = process.memory_full_info()
        total += getattr(full, "pss", 0) or full.rss
    return total / 1024


def description() -> str:
    """Name date, processor, cores, system and Python in one line."""
    pinned = (
        "server on core 0, load and Valkey on core 1" if CAN_PIN else "not pinned (no such control)"
    )
    today = datetime.now(UTC).date().isoformat()
    return (
        f"{today}, {processor()}, {CORES} cores, {platform.system()} "
        f"{platform.release()}, Python {platform.python_version()}; {pinned}"
    )


def processor() -> str:
    """Name the processor."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
