"""Several worker processes behind one listening socket, kept alive and replaced one by one."""

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Callable

from speaktracker.server.worker import Worker

_log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
LIVED_WELL = 30.0  # seconds; the pauses start anew after a worker that lived this long


class Supervisor:
    """Keeps `count` workers on `listening`.

    A worker that dies is started again, after a pause that doubles up to 30 s while they die young.
    SIGHUP replaces them one by one: the new one listens before the old one drains. SIGTERM and
    SIGINT are passed on, and the supervisor ends with its workers.
    """

    def __init__(self, command: list[str], listening: socket.socket, count: int) -> None:
        self._command = command
        self._listening = listening
        self._count = count
        self._workers: list[Worker] = []
        # A worker may die while it is replaced: one of the two fills its slot, never both.
        self._changing = asyncio.Lock()
        self._stopping = asyncio.Event()
        self._replacing: asyncio.Task[None] | None = None
        self._is_up = self._is_asked = False

    async def run(self, on_listening: Callable[[], None]) -> int:
        """Run until told to stop; return the exit code, 1 when the first workers did not start."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        # From the start, since the signal's own default would end us.
        loop.add_signal_handler(signal.SIGHUP, self._begin_to_replace)
        self._workers = await asyncio.gather(*(self._start() for _ in range(self._count)))
        ready = await asyncio.gather(*(worker.ready() for worker in self._workers))
        if not all(ready) and not self._stopping.is_set():
            await self._stop_workers()
            return 1
        self._is_up = True
        on_listening()
        if self._is_asked:
            self._begin_to_replace()
        keepers = [asyncio.create_task(self.keep_alive(slot)) for slot in range(self._count)]
        await self._stopping.wait()
        tasks = [*keepers, *filter(None, [self._replacing])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._stop_workers()
        return 0

    async def _stop_workers(self) -> None:
        for worker in self._workers:
            worker.terminate()
        await asyncio.gather(*(worker.ended() for worker in self._workers))

    async def _start(self) -> Worker:
        return await Worker.start(self._command, self._listening)

    async def keep_alive(self, slot: int) -> None:
        """Start the worker of one slot again whenever it dies."""
        pause = FIRST_PAUSE
        while True:
            worker = self._workers[slot]
            code = await worker.ended()
            if worker is not self._workers[slot]:
                continue  # it was replaced: its end is no death
            _log.error("Worker %d ended with code %d and is started again", worker.pid, code)
            if worker.age() > LIVED_WELL:
                pause = FIRST_PAUSE
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
            async with self._changing:
                if worker is self._workers[slot]:
                    self._workers[slot] = await self._start()

    def _begin_to_replace(self) -> None:
        if not self._is_up:
            self._is_asked = True
        elif self._replacing is None or self._replacing.done():
            self._replacing = asyncio.create_task(self.replace_workers())

    async def replace_workers(self) -> None:
        """Replace the workers one by one; stop at the first new one that does not start."""
        for slot in range(self._count):
            async with self._changing:
                new = await self._start()
                if not await new.ready():
                    new.terminate()
                    _log.error("A new worker did not start: the others stay as they are")
                    return
                old, self._workers[slot] = self._workers[slot], new
            old.terminate()
            await old.ended()


def worker_command(application: str) -> list[str]:
    """Return the command line of a worker, without its descriptors."""
    return [sys.executable, sys.argv[0], "serve", "--application", application]
