"""A real server process on a free port."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

_ROOT = Path(__file__).parents[2]


def _command(arguments: tuple[str, ...], options: dict[str, object] | None) -> list[str]:
    if options is not None:
        return [sys.executable, "-m", "tests.server.launch", json.dumps(options)]
    serve = [sys.executable, str(_ROOT / "manage.py"), "serve", "--port", "0"]
    return [*serve, "--application", "tests.server.application.application", *arguments]


class ServerProcess:
    """`manage.py serve` with our test application; stopped with SIGTERM at the end of a test."""

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        options: dict[str, object] | None = None,
        **environment: str,
    ) -> None:
        self.notes_file = folder / "notes"
        self.notes_file.touch()
        self.process = subprocess.Popen(
            _command(arguments, options),
            cwd=_ROOT,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "tests.settings",
                "PYTHONWARNINGS": "error::DeprecationWarning",
                "NOTES_FILE": str(self.notes_file),
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(line)

    @property
    def output(self) -> str:
        return "".join(self.lines)

    @property
    def notes(self) -> list[str]:
        return self.notes_file.read_text().splitlines()

    def address(self, seconds: float = 40) -> str:
        """Wait for the ready line; return host:port."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := re.search(r"Listening on http://([\w.:\[\]-]+)", self.output):
                return found[1]
            if self.process.poll() is not None:
                self._reader.join(5)
                break
            time.sleep(0.02)
        raise AssertionError(f"The server did not start: {self.output}")

    def ws(self, path: str) -> str:
        return f"ws://{self.address()}/{path}"

    def noted(self, text: str, seconds: float = 30) -> str:
        """Wait until the application has noted a line that starts with `text`; return it."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for line in self.notes:
                if line.startswith(text):
                    return line
            time.sleep(0.02)
        raise AssertionError(f"{text!r} was never noted, only {self.notes}; {self.output}")

    def puts_out(self, text: str, seconds: float = 30) -> None:
        """Wait until `text` stands in the output, which is read beside the test."""
        deadline = time.monotonic() + seconds
        while text not in self.output:
            assert time.monotonic() < deadline, f"{text!r} was never put out: {self.output}"
            time.sleep(0.02)

    def memory(self) -> int:
        """Return the resident memory in bytes."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def terminate(self, number: int = signal.SIGTERM) -> None:
        self.process.send_signal(number)

    def ended(self, seconds: float = 20) -> int:
        """Wait for the end; return the exit code."""
        code = self.process.wait(seconds)
        self._reader.join(5)
        return code

    def clean_up(self) -> None:
        if self.process.poll() is None:
            self.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._reader.join(5)
        assert self.process.stdout
        self.process.stdout.close()
