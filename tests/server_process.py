"""A real server process for black-box tests: `manage.py serve` with a database of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from tests.held_ports import hold_port
from tests.migrated_sqlite import copy_migrated
from tests.patient_clients import call

# Settings in which a password costs nothing; for whom and what is seeded with them, too.
CHEAP_PASSWORDS = {"DJANGO_SETTINGS_MODULE": "tests.settings"}
ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 90
STOP_SECONDS = 20
COMMAND_SECONDS = 120


class ServerProcess:
    """A server on a port of its own; use it as a context manager, or `start` and `stop` it.

    `env` overrides the environment; the database file and the log stand in `tmp_path`. `tree` may
    be set to the sources of another release.
    """

    tree = ROOT

    def __init__(self, tmp_path: Path, env: Mapping[str, str] | None = None) -> None:
        self.port = hold_port(self)
        self.url = f"http://127.0.0.1:{self.port}"
        self.ws_url = f"ws://127.0.0.1:{self.port}/ws/"
        self.log = tmp_path / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._is_migrated = False
        self._env = {
            **{
                name: value
                for name, value in os.environ.items()
                if name != "DJANGO_SETTINGS_MODULE"
            },
            "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
            "SECRET_KEY": "only-for-tests-only-for-tests-only-for-tests",
            "LOG_LEVEL": "INFO",
            **(env or {}),
        }

    def manage(self, *arguments: str, **env: str) -> str:
        """Run a management command on the server's database; answers its standard output."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command,
            cwd=self.tree,
            env={**self._env, **env},
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
        )
        assert done.returncode == 0, f"{' '.join(arguments)} failed:\n{done.stdout}{done.stderr}"
        return done.stdout

    def migrate(self) -> None:
        """Bring the database up to date, once."""
        if self._is_migrated:
            return
        address = self._env["DATABASE_URL"]
        path = Path(address.removeprefix("sqlite:///"))
        if address.startswith("sqlite") and not path.exists():
            copy_migrated(path)
        else:
            self.manage("migrate", "--verbosity=0")
        self._is_migrated = True

    def start(self) -> None:
        """Migrate and serve; returns once the server answers HTTP."""
        self.migrate()
        self.serve()

    def serve(self, *command: str) -> None:
        """Serve the database as it stands, by `command` where `manage.py serve` is not meant."""
        serve = [sys.executable, "manage.py", "serve", "--port", str(self.port)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command or serve, cwd=self.tree, env=self._env, stdout=log, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self._process.poll() is None, f"the server ended at once:\n{self.tail()}"
            assert time.monotonic() < deadline, f"the server does not answer:\n{self.tail()}"
            time.sleep(0.05)  # the server's own start is the event waited for

    @property
    def is_running(self) -> bool:
        """Tell whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """Stop by SIGTERM as an operator would, and by SIGKILL when that does not end it."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"SIGTERM did not stop the server:\n{self.tail()}") from None

    def signal(self, number: signal.Signals) -> None:
        """Send the process a signal."""
        assert self._process
        self._process.send_signal(number)

    def kill(self) -> None:
        """End the process as a crash would."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def tail(self, lines: int = 40) -> str:
        """Answer the last lines of the log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        if kind:
            self.kill()
        else:
            self.stop()

    def _answers(self) -> bool:
        # As a proxy says it: a server with an https PUBLIC_URL would send us there.
        asked = {"X-Forwarded-Proto": "https"}
        try:
            call("GET", f"{self.url}/login/", headers=asked)
        except httpx.TransportError:
            return False
        return True
