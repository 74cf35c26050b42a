"""The development stack: a real Valkey and a DynamoDB-compatible server that live as long as we do.

`python -m speaktracker.devstack -- COMMAND…` runs COMMAND with both, and with the environment that
leads to them. Their state is kept in var/devstack.
"""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from speaktracker.devstack.child_processes import Server, StackError
from speaktracker.devstack.ports import HOST, PortTaken, refuse_taken_port
from speaktracker.devstack.stack_servers import ministack, valkey

PROJECT = Path(__file__).resolve().parents[2]
STATE = PROJECT / "var" / "devstack"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "us-east-1",
}
USAGE = "python -m speaktracker.devstack [--join] [--port PORT] -- COMMAND…"
INTERRUPTED = 130  # what a shell answers for a program that Ctrl-C ended


class StackRunning(StackError):
    """Another stack of this checkout holds its state."""


def run(command: Sequence[str]) -> int:
    """Run `command` with the whole stack; returns its exit code."""
    with sole_stack(), ExitStack() as servers:
        is_fresh = drop_unsaved_tables()
        cache = servers.enter_context(valkey(STATE))
        # Never on a port that people know: there could be somebody else's server, and it would
        # take our tables.
        tables = servers.enter_context(ministack(state=STATE / "aws"))
        leads = addresses_of(cache, tables)
        prepare_tables({**os.environ, **leads}, is_fresh)
        explain(leads)
        (STATE / "environment.json").write_text(json.dumps(leads))
        code = run_in_foreground(command, {**os.environ, **leads})
        servers.close()
        (STATE / "unclean").unlink(missing_ok=True)
    return code


def join(command: Sequence[str]) -> int:
    """Run `command` in the stack that this checkout runs, or in one of its own."""
    try:
        return run(command)
    except StackRunning:
        leads = json.loads((STATE / "environment.json").read_text())
        return run_in_foreground(command, {**os.environ, **leads})


@contextmanager
def sole_stack() -> Iterator[None]:
    """Keep a second stack from the state of this one; the lock ends with the process."""
    STATE.mkdir(parents=True, exist_ok=True)
    with (STATE / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackRunning(
                "A development stack of this checkout runs already: stop it."
            ) from None
        yield


def addresses_of(cache: Server, tables: Server) -> dict[str, str]:
    """Make the variables that lead a child process to both servers."""
    return {
        **CREDENTIALS,
        "REDIS_URL": f"redis://{HOST}:{cache.port}/0",
        "MIRROR": "dynamodb",
        "DYNAMODB_ENDPOINT_URL": f"http://{HOST}:{tables.port}",
    }


def drop_unsaved_tables() -> bool:
    """Drop tables that were not saved by a clean stop; True when the tables start empty."""
    mark = STATE / "unclean"
    if mark.exists():
        shutil.rmtree(STATE / "aws", ignore_errors=True)
    mark.touch()
    return not (STATE / "aws").exists()


def prepare_tables(environment: Mapping[str, str], is_fresh: bool) -> None:
    """Make the tables, and fill fresh ones from the records that SQL may already hold."""
    steps = [["migrate", "--verbosity", "0"], ["create_tables"]]
    if is_fresh:
        steps.append(["mirror", "--rebuild"])
    for step in steps:
        command = [sys.executable, "manage.py", *step]
        done = subprocess.run(command, check=False, env=dict(environment), cwd=PROJECT)  # noqa: S603
        if done.returncode:
            raise StackError(f"`manage.py {' '.join(step)}` failed; its output says why.")


def explain(leads: Mapping[str, str]) -> None:
    """Say where both servers answer, and how to look into the tables."""
    stack = os.environ.get("STACK") or "speaktracker-dev"
    sys.stdout.write(
        f"Valkey answers at {leads['REDIS_URL']}, DynamoDB at "
        f"{leads['DYNAMODB_ENDPOINT_URL']}.\nLook into the tables from another terminal:\n"
        f'  AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test {Path(sys.executable).name} -c "\n'
        f"import boto3\n"
        f"db = boto3.client('dynamodb', 'us-east-1', "
        f"endpoint_url='{leads['DYNAMODB_ENDPOINT_URL']}')\n"
        f"print(*db.scan(TableName='{stack}-websocket-connections')['Items'], sep='\\n')\"\n"
    )
    sys.stdout.flush()


def run_in_foreground(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run the command; Ctrl-C and SIGTERM are its own to answer, and we wait for its exit code."""
    with subprocess.Popen(command, env=dict(environment)) as process:  # noqa: S603
        signals = (signal.SIGTERM, signal.SIGHUP)
        before = [signal.signal(n, lambda n, _: process.send_signal(n)) for n in signals]
        try:
            while True:
                try:
                    return process.wait()
                except KeyboardInterrupt:
                    continue  # the terminal sent it to the command too
        finally:
            for number, handler in zip(signals, before, strict=True):
                signal.signal(number, handler)


def main(arguments: list[str]) -> int:
    """Read the command line; returns the exit code."""
    parser = ArgumentParser(usage=USAGE)
    parser.add_argument("--join", action="store_true", help="use the stack that runs already")
    parser.add_argument("--port", type=int, default=0, help="of COMMAND: refuse a taken one")
    parser.add_argument("command", nargs="*")
    options = parser.parse_args(arguments)
    if not options.command:
        sys.stderr.write(f"Usage: {USAGE}\n")
        return 2
    try:
        refuse_taken_port(options.port)
        return join(options.command) if options.join else run(options.command)
    except (StackError, PortTaken) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
        return INTERRUPTED
