"""Whether this process is going away, and what has to be done before it is gone.

Wiring registers callbacks; the server calls them: `on_drain` while sockets still live (flush the
journal, lengthen the grace), `on_stop` after the last one has gone (release the lease).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

Callback = Callable[[], Awaitable[None]]

_log = logging.getLogger(__name__)
_draining = False
_on_drain: list[Callback] = []
_on_stop: list[Callback] = []


def is_draining() -> bool:
    """Tell whether the process has been asked to stop; it never goes back."""
    return _draining


def on_drain(callback: Callback) -> Callback:
    """Have `callback` awaited as soon as draining starts, before any socket is closed."""
    _on_drain.append(callback)
    return callback


def on_stop(callback: Callback) -> Callback:
    """Have `callback` awaited once every socket has gone, before the process exits."""
    _on_stop.append(callback)
    return callback


async def start(timeout_seconds: float = 1) -> None:
    """Set the flag, then run what `on_drain` collected; failures are logged, never raised."""
    global _draining  # noqa: PLW0603
    _draining = True
    await _run(_on_drain, timeout_seconds)


async def stop(timeout_seconds: float = 1.5) -> None:
    """Run what `on_stop` collected; failures are logged, never raised."""
    await _run(_on_stop, timeout_seconds)


async def _run(callbacks: list[Callback], timeout_seconds: float) -> None:
    await asyncio.gather(*(_guarded(callback, timeout_seconds) for callback in callbacks))


async def _guarded(callback: Callback, timeout_seconds: float) -> None:
    try:
        async with asyncio.timeout(timeout_seconds):
            await callback()
    except Exception as error:
        name = getattr(callback, "__qualname__", repr(callback))
        _log.error("%s failed while the process stops", name, exc_info=error)
