"""Server programs of the bench: pinned, logged, and ended by their own pid whatever happens."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from bench import machine

START_SECONDS = 60


class NotStarted(Exception):
    """A server did not answer in time; the sentence names its log."""


def free_port() -> int:
    """Find a port of 127.0.0.1 that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ChildServer:
    """One server on one port, with all the processes it starts."""

    def __init__(
        self,
        command: Sequence[str | Path],
        port: int,
        log: Path,
        environment: Mapping[str, str] | None = None,
        cores: frozenset[int] = machine.SERVER_CORES,
        where: Path | None = None,
    ) -> None:
        self.port = port
        self.log = log
        # Servers that only this one needs, and that end after it; their CPU is not counted.
        self.beside: list[ChildServer] = []
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [str(word) for word in command],
                cwd=where,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Ctrl-C is for the bench alone, which then ends its servers one by one.
                start_new_session=True,
                preexec_fn=lambda: _prepare(cores),  # noqa: PLW1509 - one thread starts them
            )
        _running.append(self)
        self._wait_until_it_listens()
        self.processes = machine.tree(self._process.pid)

    @property
    def pid(self) -> int:
        """Name the process that was started."""
        return self._process.pid

    @property
    def cpu_seconds(self) -> float:
        """Tell what the server and its descendants have used so far."""
        return machine.cpu_seconds(self.processes)

    @property
    def memory_kib(self) -> float:
        """Tell what the server and its descendants hold now."""
        return machine.memory_kib(machine.tree(self.pid))

    def stop(self) -> None:
        """End it and its descendants."""
        if self not in _running:
            return
        _running.remove(self)
        everyone = machine.tree(self.pid)
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(12)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for process in everyone[1:]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        for child in self.beside:
            child.stop()

    def _wait_until_it_listens(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not listens(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise NotStarted(f"{self.log.stem} does not listen; see {self.log}")
            time.sleep(0.05)


_running: list[ChildServer] = []


def stop_all() -> None:
    """End every server that still runs, the latest first."""
    for child in reversed(tuple(_running)):
        child.stop()


def _prepare(cores: frozenset[int]) -> None:
    machine.pin(cores)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def listens(port: int) -> bool:
    """Tell whether somebody listens on a port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0
