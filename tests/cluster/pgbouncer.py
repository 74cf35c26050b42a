"""A PgBouncer in front of a PostgreSQL: each transaction gets whichever connection is free."""

import getpass
import shutil
import subprocess
from pathlib import Path
from tempfile import mkdtemp

import psycopg

from tests.cluster.databases import PostgreSQL, Row, is_ready
from tests.held_ports import hold_port
from tests.valkey import _die_with_parent

CONFIGURATION = """
[databases]
postgres = host=127.0.0.1 port={server} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
admin_users = postgres
pool_mode = transaction
default_pool_size = {size}
max_client_conn = 500
"""


class PgBouncer:
    """Takes the place of `server`, to which it has at most `size` connections."""

    def __init__(self, server: PostgreSQL, size: int) -> None:
        self._server = server
        self.port = hold_port(self)
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"
        self._folder = Path(mkdtemp(prefix="cluster-pgbouncer-"))
        path = self._folder / "pgbouncer.ini"
        path.write_text(CONFIGURATION.format(server=server.port, port=self.port, size=size))
        # It refuses to run as root, as PostgreSQL does.
        user = "postgres" if getpass.getuser() == "root" else None
        if user:
            shutil.chown(self._folder, user)
        program = shutil.which("pgbouncer") or shutil.which("/usr/sbin/pgbouncer")
        assert program, "PgBouncer is missing: apt-get install pgbouncer"
        with (self._folder / "log").open("wb") as log:
            words = [program, "-q", str(path)]
            self._process = subprocess.Popen(
                words, stdout=log, stderr=log, user=user, preexec_fn=_die_with_parent
            )
        while not is_ready(self.port):
            assert self._process.poll() is None, (self._folder / "log").read_text()

    def rows(self, query: str) -> list[Row]:
        """Read rows past it."""
        return self._server.rows(query)

    def ask_console(self, command: str) -> list[Row]:
        """Give a command to its console."""
        url = self.url.replace("/postgres", "/pgbouncer").replace("//pgbouncer@", "//postgres@")
        with psycopg.connect(url, autocommit=True, connect_timeout=30) as console:
            cursor = psycopg.ClientCursor(console)
            cursor.execute(command.encode())
            return cursor.fetchall() if cursor.description else []

    def close(self) -> None:
        """End it and remove its folder."""
        self._process.kill()
        self._process.wait(20)
        shutil.rmtree(self._folder, ignore_errors=True)
