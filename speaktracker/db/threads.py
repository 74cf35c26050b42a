"""The one door from the event loop to SQL: our own threads, a time limit and one error.

Channels' default door is a single shared thread per process, in which one slow query stalls every
socket; here a bounded pool of threads serves them, and writers to SQLite queue on one thread, since
its own lock makes them poll.
"""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from functools import partial
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import async_to_sync  # noqa: TID251 - the one place
from django.conf import settings
from django.db import Error, close_old_connections, connections

from speaktracker.db.fitness.taken_writes import full_disk
from speaktracker.db.outage import is_outage, outage
from speaktracker.exceptions import DatabaseAway

P = ParamSpec("P")
R = TypeVar("R")

TIMEOUT_SECONDS = 8  # below the ten seconds after which daphne kills an application that closes

_on_sqlite = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
_readers = ThreadPoolExecutor(settings.DATABASE_POOL_SIZE, "sql-read")
_writers = ThreadPoolExecutor(1 if _on_sqlite else settings.DATABASE_POOL_SIZE, "sql-write")
# A lease must be renewed in time however long the others' queue is.
_urgent = ThreadPoolExecutor(1, "sql-urgent")
_running: set[asyncio.Future[Any]] = set()
# The loop that waits for the work in this thread, where no part of asgiref knows it.
waiting_loop: ContextVar[asyncio.AbstractEventLoop | None] = ContextVar(
    "waiting_loop", default=None
)


async def read(query: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run `query` in a reader's thread; raises Unavailable when the database is away or slow."""
    return await _run(_readers, query, *args, **kwargs)


async def write(change: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run `change` in a writer's thread; raises Unavailable when the database is away or slow."""
    return await _run(_writers, change, *args, **kwargs)


async def write_first(change: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run `change` ahead of every queue; for leases alone. Raises Unavailable."""
    written = await _run(_urgent, change, *args, **kwargs)
    if not outage.lacks_room or await _finds_room():
        outage.over()
    return written


async def _finds_room() -> bool:
    try:
        return not await _run(_urgent, full_disk)
    except DatabaseAway:
        return False


async def run_long(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run what may take minutes in a thread of its own, without a time limit; for commands."""
    return await asyncio.to_thread(_with_fresh_connections, partial(work, *args, **kwargs))


def in_thread(
    executor: ThreadPoolExecutor, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs
) -> asyncio.Future[R]:
    """Have `work` run in a thread with this context, and `run_in_loop` lead from there to here.

    A thread cannot be interrupted: whoever awaits this shields it, and leaves it running.
    """
    loop, context = asyncio.get_running_loop(), copy_context()
    context.run(waiting_loop.set, loop)
    return loop.run_in_executor(executor, partial(context.run, work, *args, **kwargs))


def run_in_loop(work: Callable[P, Coroutine[Any, Any, R]], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run `work` on the event loop and wait here, in a request's thread; raises what it raises.

    This thread's connection goes back to the pool first. Or forty requests that each hold one would
    wait for forty more: with few to be had, all of them in vain.
    """
    release_connections()
    return wait_in_loop(work, *args, **kwargs)


def wait_in_loop(work: Callable[P, Coroutine[Any, Any, R]], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run `work`, which needs no SQL, as `run_in_loop` does, with this thread's connection kept."""
    if (loop := waiting_loop.get()) is not None:
        return asyncio.run_coroutine_threadsafe(work(*args, **kwargs), loop).result()
    return async_to_sync(work)(*args, **kwargs)


def release_connections() -> None:
    """Give this thread's connections back to the pool, before it waits for anything but SQL.

    Inside a transaction, and on SQLite, where each thread has its own, nothing happens.
    """
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()


async def settle(seconds: float = TIMEOUT_SECONDS) -> None:
    """Wait for the work that nobody waits for any more, such as that of a cancelled duty."""
    loop = asyncio.get_running_loop()
    ours = [running for running in _running if running.get_loop() is loop]
    if ours:
        await asyncio.wait(ours, timeout=seconds)


def _ended(running: asyncio.Future[Any]) -> None:
    _running.discard(running)
    if not running.cancelled():
        running.exception()  # seen: the one who waited, if there is one still, has it too


def _with_fresh_connections(work: Callable[[], R]) -> R:
    close_old_connections()
    try:
        return work()
    finally:
        close_old_connections()


async def _run(
    executor: ThreadPoolExecutor, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs
) -> R:
    running = in_thread(executor, _with_fresh_connections, partial(work, *args, **kwargs))
    _running.add(running)
    running.add_done_callback(_ended)
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            return await asyncio.shield(running)
    except TimeoutError as error:
        slow = DatabaseAway(f"the database did not answer within {TIMEOUT_SECONDS} s")
        outage.met(slow)
        raise slow from error
    except Error as error:
        if is_outage(error):
            raise DatabaseAway(f"the database cannot do this now: {error}") from error
        raise
