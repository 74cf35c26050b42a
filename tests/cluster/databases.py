"""The databases a cluster may stand on: a SQLite file, or a PostgreSQL of its own."""

import getpass
import os
import shutil
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Protocol

import psycopg

from tests.valkey import _die_with_parent, free_port

Row = tuple[Any, ...]
STOP_SECONDS = 20


class Database(Protocol):
    """What a cluster needs of its database."""

    url: str

    def rows(self, query: str) -> list[Row]:
        """Read rows."""
        ...

    def close(self) -> None:
        """End it and remove what it left."""
        ...


class SQLite:
    """A file, a copy of `template` if given."""

    def __init__(self, folder: Path, template: Path | None = None) -> None:
        self.path = folder / "cluster.sqlite3"
        self.url = f"sqlite:///{self.path}"
        if template:
            shutil.copy(template, self.path)

    def rows(self, query: str) -> list[Row]:
        """Read rows."""
        with closing(sqlite3.connect(self.path, timeout=20)) as connection:
            return connection.execute(query).fetchall()

    def close(self) -> None:
        """Leave the file to pytest, which removes its folder."""


class PostgreSQL:
    """A PostgreSQL server in a folder of its own, on a free port of 127.0.0.1."""

    def __init__(self, template: Path | None = None) -> None:
        self.folder = Path(mkdtemp(prefix="cluster-pg-"))
        self.port = free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"
        self._process: subprocess.Popen[bytes] | None = None
        # PostgreSQL refuses to run as root.
        self._user = "postgres" if getpass.getuser() == "root" else None
        self._make(template)
        self.start()

    def _make(self, template: Path | None) -> None:
        if template:
            shutil.copytree(template, self.folder, dirs_exist_ok=True)
        if self._user:
            for path in [self.folder, *self.folder.rglob("*")]:
                shutil.chown(path, self._user)
        if not template:
            words = ["--auth=trust", "--no-sync", "--no-locale", "--encoding=UTF8", "-Upostgres"]
            words = [_program("initdb"), *words, "-D", str(self.folder)]
            subprocess.run(words, check=True, capture_output=True, user=self._user, timeout=60)

    def start(self) -> None:
        """Start, on the same port each time, and return when it answers."""
        words = [_program("postgres"), "-D", str(self.folder), "-p", str(self.port)]
        words += ["-h", "127.0.0.1", "-k", "", "-F", "-c", "max_connections=200"]
        log = (self.folder / "server.log").open("ab")
        with log:
            self._process = subprocess.Popen(
                words, stdout=log, stderr=log, user=self._user, preexec_fn=_die_with_parent
            )
        ready = [_program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        while subprocess.run([*ready, "-t", "30"], check=False, timeout=60).returncode:
            assert self._process.poll() is None, (self.folder / "server.log").read_text()

    def stop(self) -> None:
        """Stop at once; every connection is cut."""
        if self._process:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(STOP_SECONDS)
            self._process = None

    def rows(self, query: str) -> list[Row]:
        """Read rows."""
        with psycopg.connect(self.url, connect_timeout=5) as connection:
            return connection.execute(query.encode()).fetchall()

    def close(self) -> None:
        """Stop and remove the folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def _program(name: str) -> str:
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = installed[-1] if installed else shutil.which(name)
    assert found, f"PostgreSQL is missing ({name}): apt-get install postgresql"
    return os.fspath(found)
