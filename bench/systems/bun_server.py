"""Bun: its WebSocket server, in C++ below, and its own Redis client."""

from collections.abc import Callable
from pathlib import Path

from bench.systems.child_servers import ChildServer, free_port
from bench.systems.connector import Connector
from bench.systems.peer_tokens import peer_environment, sign_tokens
from bench.systems.product import ROOT
from bench.systems.system import Started


def program(modules: Path) -> Path:
    """Name the program that npm's package bun installs."""
    return modules / ".bin" / "bun"


def starter(modules: Path, way: str) -> Callable[[int, Path], Started]:
    """Return what starts it with frames going `own-first` or all through `redis`."""

    def start(valkey_port: int, folder: Path) -> Started:
        port = free_port()
        # Without --no-install it would fetch what it does not find.
        source = ROOT / "bench" / "peers" / "bun.js"
        words: list[str | Path] = [program(modules), "--no-install", source]
        environment = {
            **peer_environment(valkey_port, ROOT),
            "NODE_PATH": str(modules),
            "NODE_ENV": "production",
            "DO_NOT_TRACK": "1",
        }
        words += [str(port), str(valkey_port), way]
        # A folder of its own, so that it reads no configuration of somebody else.
        server = ChildServer(words, port, folder / "server.log", environment, where=folder)
        return Started(server, sign_tokens, Connector(port))

    return start
