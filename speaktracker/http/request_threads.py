"""Threads for HTTP requests that are kept for the next one, with their database connections.

Django runs each request's synchronous part in a thread of its own that ends with it; then every
request opens a connection to SQLite, and a second thread waits for the end of the first.
"""

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from asgiref.sync import ThreadSensitiveContext

KEPT = 16

_idle: list[ThreadPoolExecutor] = []


@asynccontextmanager
async def own_thread() -> AsyncIterator[None]:
    """Run what is thread-sensitive inside in one thread, which nobody else has meanwhile."""
    thread = _idle.pop() if _idle else ThreadPoolExecutor(1, "http")
    try:
        async with ThreadSensitiveContext(executor=thread):
            yield
    finally:
        if len(_idle) < KEPT:
            _idle.append(thread)
        else:
            thread.shutdown(wait=False)
