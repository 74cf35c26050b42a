"""An SQLite database with all tables and nobody in it, made once for all processes of a run."""

import atexit
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUN = "TEST_RUN"
MIGRATE_SECONDS = 120


def folder_of_run() -> Path:
    """Name the folder that all processes of a run share; whoever names it first removes it."""
    if RUN not in os.environ:
        os.environ[RUN] = f"{tempfile.gettempdir()}/speaktracker-{os.getpid()}-{time.time_ns()}"
        atexit.register(shutil.rmtree, os.environ[RUN], ignore_errors=True)
    return Path(os.environ[RUN])


def made_once(name: str, make: Callable[[Path], None]) -> Path:
    """Find what the first process that asks has made in the run's folder, under a name of its own.

    `make` puts a file or a folder where it is told; the others wait meanwhile.
    """
    made = folder_of_run() / name
    made.parent.mkdir(parents=True, exist_ok=True)
    with (made.parent / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            work = made.parent / f"{name}.work"
            make(work)
            work.rename(made)
    return made


def migrate(address: str) -> None:
    """Make all tables in the database at this address, by a process of its own."""
    command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    environment = {"DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_URL": address}
    environment = {**os.environ, **environment}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=MIGRATE_SECONDS)


def copy_migrated(target: Path) -> None:
    """Copy the database to `target`."""
    made = made_once("migrated.sqlite3", lambda work: migrate(f"sqlite:///{work}"))
    shutil.copy(made, target)
