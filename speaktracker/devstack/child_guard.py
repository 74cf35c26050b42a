"""Runs one program for exactly as long as the process that started this one lives.

Started by path, without the project, as `python -I guard.py PROGRAM ARGUMENT…`, with a pipe as
standard input whose other end only the parent holds. However the parent ends, kill -9 included,
the kernel closes that end, on Linux and macOS alike; the guard then ends the program's group.
"""

import contextlib
import os
import select
import signal
import subprocess
import sys
import time

_POLITE_SECONDS = 5
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def main() -> int:
    """Run the program until it or the parent ends; returns the program's exit code."""
    with (
        subprocess.Popen(  # noqa: S603
            sys.argv[1:], stdin=subprocess.DEVNULL, start_new_session=True
        ) as program
    ):
        try:
            _wait_for_either(program)
        finally:
            _end(program)
    return program.returncode


def _wait_for_either(program: "subprocess.Popen[bytes]") -> None:
    while program.poll() is None:
        readable, _, _ = select.select([0], [], [], 0.2)
        if readable and not os.read(0, 1024):
            return


def _end(program: "subprocess.Popen[bytes]") -> None:
    """Ask the program's whole group to end, then insist."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(program.pid, signal.SIGTERM)
        deadline = time.monotonic() + _POLITE_SECONDS
        while program.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        os.killpg(program.pid, signal.SIGKILL)
    program.wait()


if __name__ == "__main__":
    # A signal to the guard must not leave the program behind.
    for number in _SIGNALS:
        signal.signal(number, lambda *_: sys.exit(0))
    sys.exit(main())
