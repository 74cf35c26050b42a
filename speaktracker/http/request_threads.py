"""The threads that answer requests: one each, which nobody else has meanwhile, kept for the next.

Django's own ends with its request: each opens a connection to SQLite, and a second thread waits for
the end of the first.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Final, ParamSpec, TypeVar

from asgiref.sync import ThreadSensitiveContext

from speaktracker.db.threads import in_thread

P = ParamSpec("P")
R = TypeVar("R")

# How many threads of requests that have ended are kept.
KEPT: Final = 16

_idle: list[ThreadPoolExecutor] = []


@asynccontextmanager
async def own_thread() -> AsyncIterator[None]:
    """Run what is thread-sensitive inside in one thread."""
    thread = _taken()
    try:
        async with ThreadSensitiveContext(executor=thread):
            yield
    finally:
        _give_back(thread)


async def run_in_own_thread(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run `work` in one thread, which is entered once; `db.run_in_loop` leads back to this loop.

    Whoever stops waiting leaves the work running.
    """
    thread = _taken()
    working = in_thread(thread, work, *args, **kwargs)
    working.add_done_callback(lambda _: _give_back(thread))
    return await asyncio.shield(working)


def _taken() -> ThreadPoolExecutor:
    return _idle.pop() if _idle else ThreadPoolExecutor(1, "http")


def _give_back(thread: ThreadPoolExecutor) -> None:
    if len(_idle) < KEPT:
        _idle.append(thread)
    else:
        thread.shutdown(wait=False)
