"""The graceful stop: refuse the new, close what is open with 1012, let applications finish."""

import asyncio
import logging
import os
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from speaktracker import drain_state, logs

_log = logging.getLogger(__name__)

CLOSE_BATCHES: Final = 20
LAST_LINES_SECONDS: Final = 0.1


@dataclass(frozen=True)
class DrainOptions:
    """How long the parts of a stop may take, in seconds.

    Close frames go out within `drain_spread`; who does not answer is dropped after
    `drain_patience`, so that its application has time to clean up; what still runs after
    `drain_timeout` is cancelled; the process is gone after `exit_timeout` whatever happens.
    """

    drain_spread: float = 1.5
    drain_patience: float = 3
    drain_timeout: float = 7
    exit_timeout: float = 9.8


class ClosableSocket(Protocol):
    """What a stop asks of a socket."""

    def close(self, code: int, reason: str, patience: float | None) -> None:
        """Close; a peer that has not answered after `patience` seconds is dropped."""


class GracefulStop:
    """One process's stop, begun by the first signal; later ones change nothing."""

    def __init__(
        self,
        options: DrainOptions,
        sockets: Callable[[], Sequence[ClosableSocket]],
        applications: "Callable[[], list[asyncio.Task[None]]]",
        stop_listening: Callable[[], object],
        stop_reactor: Callable[[], object],
    ) -> None:
        """Take what is open and what runs as callables: both change while the stop goes on."""
        self._options = options
        self._sockets = sockets
        self._applications = applications
        self._stop_listening = stop_listening
        self._stop_reactor = stop_reactor
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Start to stop; the process exits after `exit_timeout` at the latest."""
        if self._task is None:
            # Python joins its threads before it exits, and one may hang in a database driver.
            timer = threading.Timer(self._options.exit_timeout, end_now)
            timer.daemon = True
            timer.start()
            self._task = asyncio.get_running_loop().create_task(self.run())

    async def run(self) -> None:
        """Drain, cancel what does not end within `drain_timeout`, and stop the reactor."""
        try:
            async with asyncio.timeout(self._options.drain_timeout):
                self._stop_listening()
                # Before any close: handshakes that the kernel had accepted already are refused from
                # here on, so that the list of sockets below misses none.
                await drain_state.start()
                await self.close_sockets()
                # Asked anew: an HTTP connection that was kept alive may bring another request.
                while running := self._applications():
                    await asyncio.wait(running)
        except TimeoutError:
            running = self._applications()
            _log.warning("%d applications did not end in time and are cancelled", len(running))
            for task in running:
                task.cancel()
            if running:
                await asyncio.wait(running, timeout=1)
        finally:
            await drain_state.stop()
            self._stop_reactor()

    async def close_sockets(self) -> None:
        """Send 1012 in small batches with jitter, so that not all come back at the same instant."""
        sockets, options = self._sockets(), self._options
        size = max(1, -(-len(sockets) // CLOSE_BATCHES))
        for at in range(0, len(sockets), size):
            for held in sockets[at : at + size]:
                held.close(1012, "service restart", options.drain_patience)
            await asyncio.sleep(random.uniform(0.5, 1) * options.drain_spread / CLOSE_BATCHES)


def end_now() -> None:
    """End the process whatever hangs; the log's last lines are written where somebody reads."""
    logs.flush(LAST_LINES_SECONDS)
    os._exit(0)
