"""Naive Channels: the tutorial's design under stock daphne, on either of channels-redis' layers."""

import sys
from collections.abc import Callable
from pathlib import Path

from bench.systems.child_servers import ChildServer, free_port
from bench.systems.connector import Connector
from bench.systems.peer_tokens import peer_environment, sign_tokens
from bench.systems.product import ROOT
from bench.systems.system import Started


def starter(layer: str) -> Callable[[int, Path], Started]:
    """Return what starts it on `layer`: `pubsub` or `core`."""

    def start(valkey_port: int, folder: Path) -> Started:
        port = free_port()
        environment = {
            **peer_environment(valkey_port, ROOT),
            "BENCH_LAYER": layer,
            "BENCH_DATABASE": str(folder / "db.sqlite3"),
        }
        words = [sys.executable, "-m", "daphne", "-p", str(port), "-v", "0"]
        words += ["bench.peers.naive:application"]
        server = ChildServer(words, port, folder / "server.log", environment, where=ROOT)
        return Started(server, sign_tokens, Connector(port))

    return start
