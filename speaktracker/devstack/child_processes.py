"""Server programs as child processes that never outlive this one."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

_GUARD = Path(__file__).with_name("child_guard.py")
_READY_SECONDS = 30


class StackError(Exception):
    """The stack cannot start; the sentence says what to do."""


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
                [sys.executable, "-I", str(_GUARD), *self._command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._environment,
                start_new_session=True,
            )
        deadline = time.monotonic() + _READY_SECONDS
        while not self._is_ready(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise StackError(f"{self.name} did not start: {' '.join(self._command)}")
            time.sleep(0.02)
        if self._process.poll() is not None:
            raise StackError(f"{self.name} did not start: another server has its port.")
        return self

    def stop(self) -> None:
        """End it and wait for its end."""
        if self._process and self._process.stdin:
            self._process.stdin.close()
            self._process.wait(10)
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
