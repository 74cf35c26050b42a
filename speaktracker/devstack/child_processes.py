"""Server programs as child processes that never outlive this one."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

GUARD = Path(__file__).with_name("child_guard.py")
READY_SECONDS = 30
LAST_LINES = 10


class StackError(Exception):
    """A server cannot start, or has ended; the sentences say what to do."""


class Server:
    """A server as a guarded child process; use it as a context, or `start` and `stop` it.

    What it prints goes to the file `output`, or nowhere.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        port: int,
        is_ready: Callable[[int], bool],
        environment: Mapping[str, str] | None = None,
        output: Path | None = None,
    ) -> None:
        self.name, self.port = name, port
        self._command = command
        self._is_ready = is_ready
        self._environment = {**os.environ, **(environment or {})}
        self._output = output
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def guard_pid(self) -> int | None:
        """Name the guard's process while it runs."""
        return self._process.pid if self._process else None

    def start(self) -> Self:
        """Start it and wait until it answers; raises StackError."""
        # Its own session: Ctrl-C reaches the command alone, which may still need its servers.
        with open(self._output or os.devnull, "wb") as output:
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-I", str(GUARD), *self._command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._environment,
                start_new_session=True,
            )
        deadline = time.monotonic() + READY_SECONDS
        while not self._is_ready(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                words = " ".join(self._command)
                raise StackError(f"{self.name} did not start: {words}{self._last_lines()}")
            time.sleep(0.02)
        if self._process.poll() is not None:
            raise StackError(f"{self.name} did not start: another server has its port.")
        return self

    def check(self) -> None:
        """Raise StackError when it has ended since it was started, with its last lines."""
        code = self._process.poll() if self._process else None
        if code is not None:
            # The guard answers for its program as a shell does.
            how = signal.Signals(code - 128).name if code > 128 else f"exit code {code}"
            raise StackError(f"{self.name} has ended by itself ({how}).{self._last_lines()}")

    def _last_lines(self) -> str:
        if not self._output:
            return ""
        lines = self._output.read_text(errors="replace").splitlines()[-LAST_LINES:]
        return "\n  ".join([f"\nIts log is {self._output}, and ends with:", *lines])

    def stop(self) -> None:
        """End it and wait for its end."""
        if self._process and self._process.stdin:
            self._process.stdin.close()
            self._process.wait(30)
            self._process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
