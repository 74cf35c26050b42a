"""nginx with nchan: what C alone costs when nobody is verified and no message is read."""

import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

from picows import WSFrame, WSTransport

from bench.machine import tree
from bench.systems.child_servers import START_SECONDS, ChildServer, NotStarted, free_port
from bench.systems.client_sockets import ClientSocket
from bench.systems.connector import Connector
from bench.systems.peer_tokens import claims_of, sign_tokens
from bench.systems.system import Started

CONFIGURATION = Path(__file__).parents[1] / "peers" / "nchan.conf"
# nchan leaves Nagle's algorithm on, and nginx has no setting for it here. Only Linux has this.
QUICK_ACKNOWLEDGEMENT: int | None = getattr(socket, "TCP_QUICKACK", None)
MODULE = "ngx_nchan_module.so"


class NchanSocket(ClientSocket):
    """A socket that nobody greets: it is welcome once it is connected."""

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Keep the transport, and wait for no word."""
        super().on_ws_connected(transport)
        self._connection = transport.underlying_transport.get_extra_info("socket")
        self.welcomed.set_result(None)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Acknowledge a frame at once: nchan lets one wait for the last one's, up to 40 ms."""
        super().on_ws_frame(transport, frame)
        if self.on_text is not None and QUICK_ACKNOWLEDGEMENT is not None:
            self._connection.setsockopt(socket.IPPROTO_TCP, QUICK_ACKNOWLEDGEMENT, 1)


class NchanConnector(Connector):
    """The address says whose channel it is: nchan reads no token."""

    kind = NchanSocket

    def address(self, token: str, _batch: bool) -> str:
        """Send students where they publish, tutors where they subscribe."""
        claims = claims_of(token)
        if claims["user_type"] == "tutor":
            return f"ws://127.0.0.1:{self.port}/watch?tutor={claims['email']}"
        return f"ws://127.0.0.1:{self.port}/report?tutor={claims['tutor']}"


def module() -> Path | None:
    """Find nchan among the modules of the nginx that is installed."""
    nginx = shutil.which("nginx")
    if nginx is None:
        return None
    built = subprocess.run([nginx, "-V"], capture_output=True, text=True, check=False).stderr
    folder = re.search(r"--modules-path=(\S+)", built)
    found = Path(folder[1]) / MODULE if folder else None
    return found if found is not None and found.exists() else None


def start(valkey_port: int, folder: Path) -> Started:
    """Start nginx with one worker on the shared Valkey."""
    port = free_port()
    words = {"MODULE": module(), "PORT": port, "VALKEY_PORT": valkey_port}
    text = CONFIGURATION.read_text()
    for word, value in words.items():
        text = text.replace(f"@{word}@", str(value))
    path = folder / "nginx.conf"
    path.write_text(text)
    command: list[str | Path] = [shutil.which("nginx") or "nginx", "-p", folder, "-c", path]
    server = ChildServer(command, port, folder / "server.log")
    _wait_for_worker(server)
    return Started(server, sign_tokens, NchanConnector(port))


def _wait_for_worker(server: ChildServer) -> None:
    """Count the worker's CPU too: nginx listens before it has started one."""
    deadline = time.monotonic() + START_SECONDS
    while len(server.processes) < 2:
        if time.monotonic() > deadline:
            raise NotStarted(f"nginx has no worker; see {server.log}")
        time.sleep(0.05)
        server.processes = tree(server.pid)
