"""Our whole product: `manage.py serve` with a database of its own."""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from bench import machine
from bench.systems.child_servers import ChildServer, free_port
from bench.systems.connector import Connector
from bench.systems.peer_tokens import KEY
from bench.systems.system import Running, Started, System, run_valkey

ROOT = Path(__file__).resolve().parents[2]
DATABASE_VARIABLE = "BENCH_DATABASE_URL"
# A student who is gone is announced after this time, so that one work does not burden the next.
GRACE_SECONDS = 2
# The limits would end every run; everything else stands as it is delivered.
RAISED = {
    "USER_MESSAGES_PER_SECOND": "1000000",
    "CONNECTION_BYTES_PER_MINUTE": "100000000000",
    "USER_SOCKETS": "100000",
    "USER_REST_CALLS_PER_MINUTE": "100000000",
    "ADDRESS_HANDSHAKES_PER_SECOND": "1000000",
    "ADDRESS_HANDSHAKES_AT_ONCE": "1000000",
    "STUDENT_FEEDBACK_PER_MINUTE": "100000000",
    "STUDENT_FEEDBACK_PER_DAY": "100000000",
    "REJOIN_GRACE_SECONDS": str(GRACE_SECONDS),
}


class Product:
    """The sources in `root`, driven by their command line alone: they may be an older commit's."""

    def __init__(
        self,
        valkey_port: int,
        folder: Path,
        root: Path = ROOT,
        database_variable: str = DATABASE_VARIABLE,
        variables: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Keep the database in `folder`, unless the environment names another, empty one."""
        self.folder = folder
        self.root = root
        self._python = root / ".venv" / "bin" / "python"
        self._environment = {
            "SECRET_KEY": KEY,
            "DATABASE_URL": os.environ.get(database_variable)
            or f"sqlite:///{folder / 'db.sqlite3'}",
            "REDIS_URL": f"redis://127.0.0.1:{valkey_port}/0",
            "LOG_LEVEL": "INFO",
            "PYTHONPATH": str(root),
            **RAISED,
            **variables,
        }

    def prepare(self) -> None:
        """Make the tables and the people, or copy those that this run made before."""
        self.folder.mkdir(parents=True, exist_ok=True)
        database = self.folder / "db.sqlite3"
        made = self.folder.parent / f"people-{self.root.name}.sqlite3"
        if made.exists():
            # What a server that has ended left in its log would be applied to the copy.
            for log in self.folder.glob(f"{database.name}-*"):
                log.unlink()
            shutil.copy(made, database)
            return
        self.call(["manage.py", "migrate", "--verbosity=0"])
        self.call(["-m", "bench.people", "seed"])
        if database.exists():
            shutil.copy(database, made)

    def call(self, words: list[str]) -> None:
        """Run one command of the product on this database."""
        subprocess.run(
            [self._python, *words],
            cwd=self.root,
            env={**os.environ, **self._environment},
            check=True,
            timeout=1_800,
        )

    def sign_tokens(self) -> dict[str, str]:
        """Have the product sign everybody's token."""
        path = self.folder / "tokens.json"
        self.call(["-m", "bench.people", "tokens", str(path)])
        return dict(json.loads(path.read_text()))

    def serve(
        self,
        workers: int = 1,
        valkey: ChildServer | None = None,
        cores: frozenset[int] | None = None,
    ) -> Started:
        """Serve; several workers share all cores with the load. Its own `valkey` ends with it."""
        port = free_port()
        words: list[str | Path] = [self._python, "manage.py", "serve", "--port", str(port)]
        if workers > 1:
            words += ["--workers", str(workers)]
        if cores is None:
            cores = machine.SERVER_CORES if workers == 1 else machine.ALL_CORES
        log = self.folder / "server.log"
        server = ChildServer(words, port, log, self._environment, cores, where=self.root)
        if valkey is not None:
            server.beside.append(valkey)
        return Started(server, self.sign_tokens, Connector(port), valkey)

    def run(self, valkey: ChildServer, workers: int = 1) -> Running:
        """Serve what is prepared, to be measured as ours."""
        return Running(OURS, self.serve(workers), valkey)


def start(valkey_port: int, folder: Path) -> Started:
    """Start the product as it stands here."""
    product = Product(valkey_port, folder)
    product.prepare()
    return product.serve()


def start_encrypted(_shared_valkey_port: int, folder: Path) -> Started:
    """Start the product with a key for the text of feedback, on a database of its own."""
    secret = base64.b64encode(os.urandom(32)).decode()
    keys = {"FIELD_ENCRYPTION_KEYS": f"bench:{secret}"}
    return _start_beside(folder, "BENCH_ENCRYPTED_DATABASE_URL", keys)


def start_quiet(_shared_valkey_port: int, folder: Path) -> Started:
    """Start the product without its lines of connections and messages: what they cost shows."""
    return _start_beside(folder, "BENCH_QUIET_DATABASE_URL", {"LOG_LEVEL": "WARNING"})


def _start_beside(folder: Path, database_variable: str, variables: Mapping[str, str]) -> Started:
    # A Valkey of its own: on one both would get each other's frames. And another variable, so
    # that both never share the database that the environment names.
    valkey = run_valkey(folder)
    product = Product(valkey.port, folder, ROOT, database_variable, variables)
    product.prepare()
    return product.serve(valkey=valkey)


OURS = System("ours", "SpeakTracker", start, is_product=True, is_target=True)
ENCRYPTED = System(
    "encrypted", "SpeakTracker, text encrypted", start_encrypted, parts=frozenset({"feedback"})
)
QUIET = System("quiet", "SpeakTracker, logging warnings", start_quiet, parts=frozenset({"fan-1"}))
