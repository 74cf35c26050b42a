"""Runs one program for exactly as long as the process that started this one lives.

Started by path, without the project, as `python -I child_guard.py PROGRAM ARGUMENT…`, with a pipe
as standard input whose other end only the parent holds. However the parent ends, kill -9 included,
the kernel closes that end, on Linux and macOS alike; the guard then ends the program's group.
"""

import contextlib
import os
import select
import signal
import subprocess
import sys
import time

# An emulator writes what it holds down before it ends, which takes a busy machine its time.
POLITE_SECONDS = 20
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def main() -> int:
    """Run the program until it or the parent ends; returns its exit code as a shell does."""
    with (
        subprocess.Popen(  # noqa: S603
            sys.argv[1:], stdin=subprocess.DEVNULL, start_new_session=True
        ) as program
    ):
        try:
            wait_for_either(program)
        finally:
            end_group(program)
    code = program.returncode
    return code if code >= 0 else 128 - code  # below zero: the signal that ended it


def wait_for_either(program: "subprocess.Popen[bytes]") -> None:
    """Wait until the program has ended, or until the parent has."""
    while program.poll() is None:
        readable, _, _ = select.select([0], [], [], 0.2)
        if readable and not os.read(0, 1024):
            return


def end_group(program: "subprocess.Popen[bytes]") -> None:
    """Ask the program's whole group to end, then insist."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(program.pid, signal.SIGTERM)
        deadline = time.monotonic() + POLITE_SECONDS
        while program.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        os.killpg(program.pid, signal.SIGKILL)
    program.wait()


if __name__ == "__main__":
    # A signal to the guard must not leave the program behind.
    for number in SIGNALS:
        signal.signal(number, lambda *_: sys.exit(0))
    sys.exit(main())
