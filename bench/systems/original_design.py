"""The original design on one machine: serverless-offline for API Gateway and Lambda, dynalite."""

import os
import shutil
import subprocess
from pathlib import Path

from picows import WSMsgType, WSTransport

from bench import machine
from bench.systems.child_servers import ChildServer, NotStarted, free_port
from bench.systems.client_sockets import ClientSocket
from bench.systems.connector import Connector
from bench.systems.peer_tokens import KEY, sign_tokens
from bench.systems.system import Started

SOURCES = Path(__file__).parents[1] / "peers" / "original"
PACKAGES = ("serverless", "serverless-offline", "dynalite", "@aws-sdk/lib-dynamodb")
TABLES_SECONDS = 60


class OriginalSocket(ClientSocket):
    """A socket that asks for its welcome: $connect itself can send nothing."""

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Keep the transport and say hello."""
        super().on_ws_connected(transport)
        transport.send(WSMsgType.TEXT, b'{"type":"connection","action":"connect"}')


class OriginalConnector(Connector):
    """Sockets and feedback have ports of their own."""

    kind = OriginalSocket

    def __init__(self, port: int, api_port: int) -> None:
        super().__init__(port)
        self.api_port = api_port

    def address(self, _token: str, _batch: bool) -> str:
        """Name the only path there is."""
        return f"ws://127.0.0.1:{self.port}"


def is_installed(modules: Path) -> bool:
    """Tell whether node and every package are there."""
    return bool(shutil.which("node")) and all((modules / name).is_dir() for name in PACKAGES)


def start(modules: Path, _valkey_port: int, folder: Path) -> Started:
    """Start the emulator of DynamoDB, make its tables, start the emulator of API Gateway."""
    # A folder of its own: serverless writes beside its configuration and reads modules from there.
    service = folder / "service"
    shutil.copytree(SOURCES, service)
    (service / "node_modules").symlink_to(modules)
    database = start_dynalite(modules, folder)
    port, api_port, lambda_port = free_port(), free_port(), free_port()
    environment = {
        "BENCH_KEY": KEY,
        "DYNAMODB_URL": f"http://127.0.0.1:{database.port}",
        "SOCKETS_URL": f"http://127.0.0.1:{port}",
        # It reports to nobody, asks nobody for an update and looks for no account.
        "SLS_TELEMETRY_DISABLED": "1",
        "SLS_NOTIFICATIONS_MODE": "off",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "HOME": str(folder),
    }
    make_tables(service, environment)
    words: list[str | Path] = ["node", modules / "serverless" / "bin" / "serverless.js"]
    words += ["offline", "start", "--websocketPort", str(port)]
    words += ["--httpPort", str(api_port), "--lambdaPort", str(lambda_port)]
    server = ChildServer(words, api_port, folder / "server.log", environment, where=service)
    server.beside.append(database)
    return Started(server, sign_tokens, OriginalConnector(port, api_port))


def start_dynalite(modules: Path, folder: Path) -> ChildServer:
    """Start the database beside the load, as Valkey."""
    port = free_port()
    words: list[str | Path] = [
        "node",
        modules / "dynalite" / "cli.js",
        "--port",
        str(port),
        "--host",
        "127.0.0.1",
    ]
    words += ["--createTableMs", "0"]
    return ChildServer(words, port, folder / "dynalite.log", cores=machine.LOAD_CORES)


def make_tables(service: Path, environment: dict[str, str]) -> None:
    """Make the tables in dynalite; raises NotStarted."""
    made = subprocess.run(
        ["node", "tables.js"],
        cwd=service,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=TABLES_SECONDS,
    )
    if made.returncode:
        raise NotStarted(f"the original design has no tables: {made.stderr[-500:]}")
