"""The application's own start and stop, which daphne does not report to it (ASGI's lifespan)."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

_log = logging.getLogger(__name__)
_SCOPE = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}}


class Lifespan:
    """One task that lets the application live from the server's start to its stop."""

    def __init__(self, application: Callable[..., Awaitable[None]]) -> None:
        self._application = application
        self._events: asyncio.Queue[dict[str, Any]] = asyncio.Queue(2)
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Send the application `lifespan.startup`; one that has no lifespan is fine."""
        self._events.put_nowait({"type": "lifespan.startup"})
        self._task = asyncio.ensure_future(self.run())

    async def end(self) -> None:
        """Send the application `lifespan.shutdown`, and wait until its lifespan has ended."""
        self._events.put_nowait({"type": "lifespan.shutdown"})
        if self._task:
            await self._task

    async def run(self) -> None:
        """Run the application's lifespan to its end; nothing it raises reaches the server."""

        async def log_failure(message: dict[str, Any]) -> None:
            if message["type"].endswith(".failed"):
                _log.error("%s: %s", message["type"], message.get("message", ""))

        try:
            await self._application(scope=_SCOPE, receive=self._events.get, send=log_failure)
        except Exception as error:
            # By the specification, to raise is how an application says that it has no lifespan.
            _log.debug("The application has no lifespan: %s", error)
