"""A real `manage.py demo`, alone or in the whole stack, watched from outside."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from tests.server_process import ROOT

# What `python -m speaktracker.devstack` does, with the stack's state in a folder of the test.
IN_A_STACK = """
import sys
from pathlib import Path
from speaktracker.devstack import stack
stack.STATE = Path(sys.argv[1])
sys.exit(stack.main(sys.argv[2:]))
"""
END_SECONDS = 40


class DemoProcess:
    """A demo in a terminal of its own: the first process of a new process group."""

    def __init__(
        self, folder: Path, port: int = 0, in_a_stack: bool = False, students: int = 4
    ) -> None:
        wanted = ["--port", str(port)]
        demo = [sys.executable, "manage.py", "demo", *wanted, "--students", str(students)]
        demo += ["--log-folder", str(folder)]
        if in_a_stack:
            demo = [sys.executable, "-c", IN_A_STACK, str(folder / "stack"), *wanted, "--", *demo]
        self.log = folder / "server.log"
        self.output = ""
        self._process = subprocess.Popen(
            demo,
            cwd=ROOT,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "speaktracker.settings",
                "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
                "SECRET_KEY": "only-for-tests-only-for-tests-only-for-tests",
                "STACK": "demo-test",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            # A run in the background ignores Ctrl-C, and so would everything that it starts.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def read_until(self, pattern: str) -> str:
        """Read on until a line has `pattern`; answers what its first group found."""
        assert self._process.stdout
        for line in self._process.stdout:
            self.output += line
            if found := re.search(pattern, line):
                return found[1]
        raise AssertionError(f"the demo ended without {pattern}:\n{self.output}")

    def url(self) -> str:
        """Read on until it greets; answers the address it greets with."""
        return self.read_until(r"Pages +(http://\S+:\d+)/")

    def descendants(self) -> list[psutil.Process]:
        """List every process that it has started, and those that they have."""
        started: list[psutil.Process] = psutil.Process(self._process.pid).children(recursive=True)
        return started

    def server(self) -> psutil.Process:
        """Find its server: the process itself, not the guard beside it."""
        (found,) = (
            process
            for process in self.descendants()
            if "serve" in process.cmdline() and not any("guard" in w for w in process.cmdline())
        )
        return found

    def press_ctrl_c(self) -> None:
        """Send what a terminal sends to all that runs in its foreground."""
        os.killpg(self._process.pid, signal.SIGINT)

    def ended(self) -> int:
        """Read to its end; answers its exit code."""
        said, _ = self._process.communicate(timeout=END_SECONDS)
        self.output += said
        return self._process.returncode

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self._process.terminate()
        self._process.communicate(timeout=END_SECONDS)
