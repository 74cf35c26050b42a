"""A PostgreSQL of the bench's own, and what it counts."""

import getpass
import os
import shutil
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import psycopg

from bench import machine
from bench.systems.child_servers import ChildServer, NotStarted, free_port

START_SECONDS = 30
# As a small managed server has them; all else is PostgreSQL's default, so commits reach the disk.
OPTIONS = {
    "shared_buffers": "512MB",
    "max_connections": "200",
    "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.max": "10000",
    "max_wal_size": "4GB",
}
# What nobody of the product's has given: the bench's own questions, and looks at foreign keys, with
# which PostgreSQL itself carries out a statement.
NOT_GIVEN = "pg_stat_statements|pg_current_wal_lsn|bench:|FROM ONLY .* FOR KEY SHARE OF x"
OURSELVES = "speaktracker-bench"


class Statements(NamedTuple):
    """How often a statement was given, how long it took on the server, and its beginning."""

    calls: int
    seconds: float
    text: str


class PostgresqlServer:
    """One server on a free port of 127.0.0.1, its log in `folder`; raises NotStarted."""

    def __init__(self, folder: Path) -> None:
        # PostgreSQL refuses to run as root, and its user must reach what it keeps.
        self._is_root = getpass.getuser() == "root"
        self._kept = TemporaryDirectory(prefix="speaktracker-bench-pg-", ignore_cleanup_errors=True)
        home = Path(self._kept.name)
        self._make(home)
        self.port = free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"
        words = [program("postgres"), "-D", str(home), "-p", str(self.port), "-h", "127.0.0.1"]
        words += ["-k", ""]
        words += [f"--{name}={value}" for name, value in OPTIONS.items()]
        log = folder / "postgresql.log"
        self.server = ChildServer(self._as_its_user(words), self.port, log, cores=machine.ALL_CORES)
        self._link = self._connect()
        self._link.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")

    def _make(self, home: Path) -> None:
        if self._is_root:
            shutil.chown(home, "postgres", "postgres")
        words = [program("initdb"), "--auth=trust", "--no-sync", "--encoding=UTF8", "-Upostgres"]
        words += ["--locale=C", "-D", str(home)]
        subprocess.run(self._as_its_user(words), check=True, capture_output=True, timeout=60)

    def _as_its_user(self, words: list[str]) -> list[str]:
        if not self._is_root:
            return words
        begin = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        return [*begin, "--pdeathsig=INT", "--", *words]

    def _connect(self) -> psycopg.Connection:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                return psycopg.connect(self.url, autocommit=True, application_name=OURSELVES)
            except psycopg.OperationalError as error:
                if time.monotonic() > deadline:
                    raise NotStarted(f"PostgreSQL does not answer: {error}") from error
                time.sleep(0.05)

    def number(self, query: str) -> int:
        """Ask for one whole number."""
        row = self._link.execute(query.encode()).fetchone()
        assert row is not None
        return int(row[0] or 0)

    def wal_bytes(self) -> int:
        """Tell how much was written ahead so far."""
        return self.number("SELECT pg_current_wal_lsn() - '0/0'")

    def statements(self) -> dict[int, Statements]:
        """List what was given so far, transactions' begin and end too, by a number that stays."""
        rows = self._link.execute(
            "SELECT queryid, sum(calls), sum(total_exec_time) / 1000, min(left(query, 200))"
            f" FROM pg_stat_statements WHERE query !~ '{NOT_GIVEN}'"
            " GROUP BY queryid"
        ).fetchall()
        return {
            key: Statements(int(calls), float(seconds), text) for key, calls, seconds, text in rows
        }

    def stop(self) -> None:
        """End it; who uses it must have ended before."""
        self._link.close()
        self.server.stop()
        self._kept.cleanup()


def program(name: str) -> str:
    """Find a program of PostgreSQL; raises NotStarted."""
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = installed[-1] if installed else shutil.which(name)
    if not found:
        raise NotStarted(f"PostgreSQL is missing ({name}): apt install postgresql")
    return os.fspath(found)
