"""Requests have threads of their own, which are kept for the next ones."""

import asyncio
import threading

from asgiref.sync import sync_to_async

from speaktracker.http import request_threads
from speaktracker.http.request_threads import KEPT, own_thread


async def _thread(together: asyncio.Barrier) -> int:
    async with own_thread():
        await together.wait()
        return await sync_to_async(threading.get_ident)()


async def test_a_request_runs_in_the_thread_of_the_one_before() -> None:
    alone = asyncio.Barrier(1)
    assert await _thread(alone) == await _thread(alone)


async def test_requests_at_the_same_time_have_a_thread_each_and_a_bounded_number_is_kept() -> None:
    together = asyncio.Barrier(KEPT + 2)
    found = await asyncio.gather(*(_thread(together) for _ in range(KEPT + 2)))
    assert len(set(found)) == KEPT + 2
    assert len(request_threads._idle) == KEPT
