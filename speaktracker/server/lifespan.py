"""The application's own start and stop, which daphne does not tell it of (ASGI's lifespan)."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

Application = Callable[..., Awaitable[None]]

_log = logging.getLogger(__name__)
_SCOPE = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}}


class Lifespan:
    """One task that lets the application live from the server's start to its stop."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._told: asyncio.Queue[dict[str, Any]] = asyncio.Queue(2)
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Tell the application that the server has started; one that cares for neither is fine."""
        self._told.put_nowait({"type": "lifespan.startup"})
        self._task = asyncio.ensure_future(self._run())

    async def end(self) -> None:
        """Tell the application that the server stops, and wait until it has taken leave."""
        self._told.put_nowait({"type": "lifespan.shutdown"})
        if self._task:
            await self._task

    async def _run(self) -> None:
        try:
            await self._application(scope=_SCOPE, receive=self._told.get, send=self._hear)
        except Exception as error:
            # By the specification, to raise is how an application says that it has no lifespan.
            _log.debug("The application has no lifespan: %s", error)

    async def _hear(self, message: dict[str, Any]) -> None:
        if message["type"].endswith(".failed"):
            _log.error("%s: %s", message["type"], message.get("message", ""))
