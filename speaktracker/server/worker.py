"""One worker process as its supervisor sees it, and the line between the two."""

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections.abc import Callable

from speaktracker.metrics import shared_folder

READY = b"r"
START_SECONDS = 60
STOP_SECONDS = 12  # a worker is gone within ten seconds of SIGTERM; then it is killed


class Worker:
    """A child process with a line: it says there that it listens; the line's end is our end."""

    def __init__(self, process: asyncio.subprocess.Process, line: socket.socket) -> None:
        self._process = process
        self._line = line
        self._started_at = time.monotonic()
        self._exit = asyncio.create_task(process.wait())
        # At once, before the next one starts: what it held open is closed, however it ended.
        self._exit.add_done_callback(lambda _: shared_folder.mark_dead(process.pid))

    @classmethod
    async def start(cls, command: list[str], listening: socket.socket) -> "Worker":
        """Start a worker that serves on `listening`, which it inherits."""
        ours, its = socket.socketpair()
        ours.setblocking(False)
        descriptors = (listening.fileno(), its.fileno())
        with its:
            process = await asyncio.create_subprocess_exec(
                *command,
                *("--fd", str(descriptors[0]), "--line", str(descriptors[1])),
                pass_fds=descriptors,
                # Ctrl-C in a terminal reaches the supervisor alone, which passes it on.
                start_new_session=True,
            )
        return cls(process, ours)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def age(self) -> float:
        """Return for how many seconds it has lived."""
        return time.monotonic() - self._started_at

    async def ready(self) -> bool:
        """Wait until it listens; False when it ends before."""
        try:
            async with asyncio.timeout(START_SECONDS):
                return await asyncio.get_running_loop().sock_recv(self._line, 1) == READY
        except OSError:  # the end of the line, or of our patience
            return False

    async def ended(self) -> int:
        """Wait for its end; return its exit code."""
        code = await asyncio.shield(self._exit)
        self._line.close()
        return code

    def terminate(self) -> None:
        """Ask it to drain; kill it when that takes too long."""
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
            asyncio.get_running_loop().call_later(STOP_SECONDS, self.kill)

    def kill(self) -> None:
        """Kill it unless it has ended."""
        if self._process.returncode is None:
            self._process.kill()


def report_ready(line: int) -> None:
    """Say on the line to the supervisor that this worker listens; one that has gone is no error."""
    with contextlib.suppress(BrokenPipeError):  # `on_supervisor_exit` sees its end
        os.write(line, READY)


def on_supervisor_exit(line: int, callback: Callable[[], None]) -> None:
    """Call `callback` when the supervisor has gone, however it went."""
    loop = asyncio.get_event_loop()

    def read() -> None:
        loop.remove_reader(line)
        callback()

    loop.add_reader(line, read)
