"""The one door from the event loop to SQL: our own threads, a time limit and one error.

Channels' default door is a single shared thread per process, in which one slow query stalls every
socket; here a bounded pool of threads serves them, and writers to SQLite queue on one thread, since
its own lock makes them poll.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar, cast

from channels.db import database_sync_to_async
from django.conf import settings
from django.db import InterfaceError, OperationalError

from speaktracker.errors import Unavailable

P = ParamSpec("P")
R = TypeVar("R")

TIMEOUT_SECONDS = 8  # below the ten seconds after which daphne kills an application that closes

_on_sqlite = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
_readers = ThreadPoolExecutor(settings.DATABASE_POOL_SIZE, "sql-read")
_writers = ThreadPoolExecutor(1 if _on_sqlite else settings.DATABASE_POOL_SIZE, "sql-write")
# A lease must be renewed in time however long the others' queue is.
_urgent = ThreadPoolExecutor(1, "sql-urgent")


async def read(query: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run `query` in a reader's thread; raises Unavailable when the database is away or slow."""
    return await _run(_readers, query, *args, **kwargs)


async def write(change: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run `change` in a writer's thread; raises Unavailable when the database is away or slow."""
    return await _run(_writers, change, *args, **kwargs)


async def write_first(change: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run `change` ahead of every queue; for leases alone. Raises Unavailable."""
    return await _run(_urgent, change, *args, **kwargs)


async def _run(
    executor: ThreadPoolExecutor, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs
) -> R:
    in_thread = database_sync_to_async(work, thread_sensitive=False, executor=executor)
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            return cast(R, await in_thread(*args, **kwargs))
    except (OperationalError, InterfaceError, TimeoutError) as error:
        raise Unavailable("the database did not answer") from error
