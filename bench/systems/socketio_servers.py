"""Socket.IO on node, and python-socketio on uvicorn."""

import sys
from pathlib import Path

from bench.systems.child_servers import ChildServer, free_port
from bench.systems.connector import SocketIOConnector
from bench.systems.peer_tokens import peer_environment, sign_tokens
from bench.systems.product import ROOT
from bench.systems.system import Started


def start_on_node(modules: Path, valkey_port: int, folder: Path) -> Started:
    """Start Socket.IO with its Redis adapter, from the packages in `modules`."""
    port = free_port()
    program = ROOT / "bench" / "peers" / "socketio.js"
    words: list[str | Path] = ["node", program, str(port), str(valkey_port)]
    environment = {
        **peer_environment(valkey_port, ROOT),
        "NODE_PATH": str(modules),
        "NODE_ENV": "production",
    }
    server = ChildServer(words, port, folder / "server.log", environment)
    return Started(server, sign_tokens, SocketIOConnector(port))


def start_on_python(valkey_port: int, folder: Path) -> Started:
    """Start python-socketio with its Redis manager."""
    port = free_port()
    words = [sys.executable, "-m", "uvicorn", "bench.peers.socketio_python:application"]
    words += ["--port", str(port), "--log-level", "warning", "--lifespan", "off"]
    environment = peer_environment(valkey_port, ROOT)
    server = ChildServer(words, port, folder / "server.log", environment, where=ROOT)
    return Started(server, sign_tokens, SocketIOConnector(port))
