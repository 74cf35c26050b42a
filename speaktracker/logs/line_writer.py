"""Where lines go: standard output, which may stand still or fail while nobody waits for it.

A terminal that is paused or a log daemon that hangs takes nothing more after 64 KiB; a full disk
refuses. So a server's lines wait in a bounded queue for a thread of their own.
"""

import atexit
import os
import select
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from speaktracker import metrics

STDOUT: Final = 1
STDERR: Final = 2
# As much as a pipe holds; who waits at the end of a process is not kept by more than this.
PIECE_BYTES: Final = 64 * 1024
RETRY_SECONDS: Final = 1.0
# Lines that come shortly after one another are written together: a thread that is woken for each
# takes the interpreter from the event loop as often.
BUNCH_SECONDS: Final = 0.01
# How long the end of a process waits for a reader who stands still.
FLUSH_SECONDS: Final = 1.0

Notice = Callable[[str], str]


class LineWriter:
    """Writes lines to a descriptor in order, from a thread once `start` was called.

    What waits is at most `bound` bytes. A line that does not fit is lost, counted, and said once
    when lines flow again. A refusal, such as a full disk, is said once on standard error and tried
    again each second. `notice` makes a line of what the writer itself has to say.
    """

    def __init__(self, descriptor: int, bound: int, notice: Notice) -> None:
        self.bound = bound
        self._descriptor = descriptor
        self._notice = notice
        self._changed = threading.Condition()
        self._waiting: deque[bytes] = deque()
        self._held = self._lost = 0
        self._refusal = ""
        self.is_started = False

    def start(self) -> None:
        """Begin the thread; what still waits at the end of the process has a second to leave."""
        if not self.is_started:
            self.is_started = True
            threading.Thread(target=self._run, name="log", daemon=True).start()
            atexit.register(self.flush)

    def put(self, line: str) -> None:
        """Have `line` written, without waiting for anybody."""
        # Half a surrogate pair, as a name from outside may hold, is no reason to lose the line.
        data = f"{line}\n".encode(errors="backslashreplace")
        with self._changed:
            # Once one is lost all are, until what waits is out: one gap, with the count in it.
            if self._lost or (self._waiting and self._held + len(data) > self.bound):
                self._lost += 1
            else:
                self._add(data)
                self._changed.notify()
                return
        metrics.log_line_lost()

    @property
    def refusal(self) -> str:
        """Say why lines cannot be written; empty while they can, or nobody knows."""
        return self._refusal

    def flush(self, seconds: float = FLUSH_SECONDS) -> bool:
        """Wait until everything is written, but no longer than `seconds`; tell whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._held, seconds)

    def _run(self) -> None:
        while True:
            with self._changed:
                was_idle = not self._waiting
                while not self._waiting:
                    self._changed.wait()
            if was_idle:
                time.sleep(BUNCH_SECONDS)
            with self._changed:
                piece = b"".join(self._next_lines())
            self._write(piece)
            with self._changed:
                self._held -= len(piece)
                if not self._waiting:
                    self._say_what_was_lost()
                    self._changed.notify_all()

    def _next_lines(self) -> Iterator[bytes]:
        size = 0
        while self._waiting and (not size or size + len(self._waiting[0]) <= PIECE_BYTES):
            size += len(self._waiting[0])
            yield self._waiting.popleft()

    def _say_what_was_lost(self) -> None:
        lost, self._lost = self._lost, 0
        refusal, self._refusal = self._refusal, ""
        if lost or refusal:
            why = f"they were refused: {refusal}" if refusal else "nobody read them"
            self._add(f"{self._notice(f'{lost} lines of the log are lost: {why}')}\n".encode())

    def _add(self, data: bytes) -> None:
        self._waiting.append(data)
        self._held += len(data)

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[os.write(self._descriptor, rest) :]
            except BlockingIOError:  # whoever gave us the descriptor shares its mode with us
                select.select([], [self._descriptor], [], RETRY_SECONDS)
            except OSError as error:
                self._note_refusal(error.strerror or type(error).__name__)
                time.sleep(RETRY_SECONDS)

    def _note_refusal(self, reason: str) -> None:
        if self._refusal:
            return
        self._refusal = reason
        line = self._notice(f"The log cannot be written, lines wait or are lost: {reason}")
        try:
            os.write(STDERR, f"{line}\n".encode())
        except OSError:  # the same disk
            return


def write_at_once(line: str) -> None:
    """Write a line as `print` would, in the order of what a command prints; never raises."""
    if sys.stdout is not None:
        try:
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
        except (OSError, ValueError):  # refused, or closed
            return
