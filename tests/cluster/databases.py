"""The databases a cluster may stand on: a SQLite file, or a PostgreSQL of its own."""

import getpass
import os
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Protocol

import psutil
import psycopg

from tests.held_ports import hold_port
from tests.migrated_sqlite import made_once, migrate
from tests.valkey import _die_with_parent

Row = tuple[Any, ...]
STOP_SECONDS = 20
RELOAD_SECONDS = 60
# What a test itself asks is no query of the product.
TESTS = "tests"


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
    """A PostgreSQL server in a folder of its own, on a port of its own of 127.0.0.1.

    It begins empty, as a copy of `template`, or as a standby that follows `primary`. The folder is
    made in `disk`, if given.
    """

    def __init__(
        self,
        template: Path | None = None,
        primary: "PostgreSQL | None" = None,
        locale: str = "C",
        options: Mapping[str, str] | None = None,
        disk: Path | None = None,
    ) -> None:
        self._locale, self._options = locale, options or {}
        self.folder = Path(mkdtemp(prefix="cluster-pg-", dir=disk))
        self.port = hold_port(self)
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"
        self._process: subprocess.Popen[bytes] | None = None
        # PostgreSQL refuses to run as root.
        self._user = "postgres" if getpass.getuser() == "root" else None
        if primary:
            self._follow(primary)
        else:
            self._make(template)
        self.start()

    def _follow(self, primary: "PostgreSQL") -> None:
        """Copy `primary` as it runs, and have what it writes from now on sent here."""
        self.folder.rmdir()
        words = [
            postgresql_program("pg_basebackup"),
            "-h127.0.0.1",
            f"-p{primary.port}",
            "-Upostgres",
        ]
        words += ["-D", str(self.folder), "-R", "--checkpoint=fast", "--no-sync"]
        subprocess.run(words, check=True, capture_output=True, timeout=60)
        if self._user:
            for path in [self.folder, *self.folder.rglob("*")]:
                shutil.chown(path, self._user)

    def _make(self, template: Path | None) -> None:
        if template:
            shutil.copytree(template, self.folder, dirs_exist_ok=True)
        if self._user:
            for path in [self.folder, *self.folder.rglob("*")]:
                shutil.chown(path, self._user)
        if not template:
            words = ["--auth=trust", "--no-sync", "--encoding=UTF8", "-Upostgres"]
            words.append(f"--locale={self._locale}")
            words = [postgresql_program("initdb"), *words, "-D", str(self.folder)]
            subprocess.run(words, check=True, capture_output=True, user=self._user, timeout=60)

    def start(self) -> None:
        """Start, on the same port each time, and return when it answers."""
        words = [postgresql_program("postgres"), "-D", str(self.folder), "-p", str(self.port)]
        words += ["-h", "127.0.0.1", "-k", "", "-F", "-c", "max_connections=200"]
        words += [f"--{name}={value}" for name, value in self._options.items()]
        log = (self.folder / "server.log").open("ab")
        with log:
            self._process = subprocess.Popen(
                words, stdout=log, stderr=log, user=self._user, preexec_fn=_die_with_parent
            )
        server = self._process
        while not is_ready(self.port):
            assert server.poll() is None, (self.folder / "server.log").read_text()

    def stop(self) -> None:
        """Stop at once; every connection is cut."""
        if self._process:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(STOP_SECONDS)
            self._process = None

    def kill(self) -> None:
        """End it as a crash of its machine would: nothing is written any more."""
        if self._process:
            for process in self._processes():
                with suppress(psutil.NoSuchProcess):  # a connection's own ends with it
                    process.kill()
            self._process.wait(STOP_SECONDS)
            self._process = None

    def pause(self) -> None:
        """Let it hang, with all its connections: it takes what it is sent, and answers nothing."""
        for process in self._processes():
            with suppress(psutil.NoSuchProcess):
                process.suspend()

    def _processes(self) -> list[psutil.Process]:
        assert self._process
        first = psutil.Process(self._process.pid)
        return [first, *first.children(recursive=True)]

    def execute(self, *statements: str) -> None:
        """Carry out each by itself, as the administrator, though the server be read-only."""
        with psycopg.connect(self.url, autocommit=True, connect_timeout=30) as connection:
            connection.execute("SET default_transaction_read_only = off")
            for statement in statements:
                connection.execute(statement.encode())

    def set(self, name: str, value: str) -> None:
        """Have a setting from now on, open connections too.

        Who begins a new connection hears of it last: the server has told all others by then.
        """
        self.execute(f"ALTER SYSTEM SET {name} = '{value}'", "SELECT pg_reload_conf()")
        deadline = time.monotonic() + RELOAD_SECONDS
        while self.rows(f"SELECT current_setting('{name}')") != [(value,)]:
            assert time.monotonic() < deadline, f"{name} does not become {value}"

    def encrypt(self, certificate: Path, key: Path) -> None:
        """Let nobody in from now on without TLS, nor keep who is here."""
        for file in (certificate, key):
            shutil.copy(file, self.folder)
            if self._user:
                shutil.chown(self.folder / file.name, self._user)
            (self.folder / file.name).chmod(0o600)
        rules = self.folder / "pg_hba.conf"
        rules.write_text(rules.read_text().replace("\nhost ", "\nhostssl "))
        names = {"ssl_cert_file": certificate.name, "ssl_key_file": key.name, "ssl": "on"}
        alters = [f"ALTER SYSTEM SET {name} = '{value}'" for name, value in names.items()]
        self.execute(*alters, "SELECT pg_reload_conf()")

    def rows(self, query: str) -> list[Row]:
        """Read rows."""
        options = {"connect_timeout": 30, "application_name": TESTS}
        with psycopg.connect(self.url, **options) as connection:  # type: ignore[arg-type]
            return connection.execute(query.encode()).fetchall()

    def close(self) -> None:
        """Stop and remove the folder."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def is_ready(port: int) -> bool:
    """Ask a server, or a pooler, whether it answers; it may take its time."""
    words = [postgresql_program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    return not subprocess.run([*words, "-t", "30"], check=False, timeout=60).returncode


def migrated_postgresql() -> Path:
    """Find the folder of a PostgreSQL with all tables and nobody in it, made once for the run."""
    return made_once("postgresql", _make_migrated)


def _make_migrated(folder: Path) -> None:
    database = PostgreSQL()
    try:
        migrate(database.url)
        database.stop()
        database.folder.rename(folder)
    finally:
        database.close()


def postgresql_program(name: str) -> str:
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = installed[-1] if installed else shutil.which(name)
    assert found, f"PostgreSQL is missing ({name}): apt-get install postgresql"
    return os.fspath(found)
