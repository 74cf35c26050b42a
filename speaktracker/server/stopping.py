"""The graceful stop: refuse the new, close what is open with 1012, let applications finish."""

import asyncio
import logging
import os
import random
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from speaktracker import drain_state
from speaktracker.server.server_options import ServerOptions
from speaktracker.server.websocket.websocket_protocol import ClassroomSocket

if TYPE_CHECKING:
    from speaktracker.server.service import ClassroomServer

_log = logging.getLogger(__name__)
_BATCHES = 20


class Stopping:
    """One process's stop, begun by the first signal; later ones change nothing."""

    def __init__(
        self, server: "ClassroomServer", reactor: Any, port: Any, options: ServerOptions
    ) -> None:
        self._server = server
        self._reactor = reactor
        self._port = port
        self._options = options
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Start to stop."""
        if self._task is None:
            _exit_after(self._options.exit_timeout)
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        try:
            async with asyncio.timeout(self._options.drain_timeout):
                self._port.stopListening()
                await drain_state.start()
                await self._close_sockets()
                await self._applications_end()
        except TimeoutError:
            await self._cancel_the_rest()
        finally:
            await drain_state.stop()
            self._reactor.stop()

    async def _close_sockets(self) -> None:
        """Send 1012 in small batches with jitter, so that not all come back at the same instant."""
        for batch in _batches(self._server.sockets()):
            for held in batch:
                held.close(1012, "service restart", self._options.drain_patience)
            await asyncio.sleep(random.uniform(0.5, 1) * self._options.drain_spread / _BATCHES)

    async def _applications_end(self) -> None:
        while running := self._server.applications():
            await asyncio.wait(running)

    async def _cancel_the_rest(self) -> None:
        running = self._server.applications()
        _log.warning("%d applications did not end in time and are cancelled", len(running))
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running, timeout=1)


def _batches(sockets: list[ClassroomSocket]) -> Iterator[list[ClassroomSocket]]:
    size = max(1, -(-len(sockets) // _BATCHES))
    return (sockets[at : at + size] for at in range(0, len(sockets), size))


def _exit_after(seconds: float) -> None:
    """Leave the process after `seconds` even if a thread hangs, which would block its exit."""
    timer = threading.Timer(seconds, os._exit, (0,))
    timer.daemon = True
    timer.start()
