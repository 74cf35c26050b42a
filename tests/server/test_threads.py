"""Requests have threads of their own, which are kept for the next ones."""

import asyncio
import threading

import pytest
from asgiref.sync import sync_to_async

from speaktracker import db
from speaktracker.http import request_threads
from speaktracker.http.request_threads import KEPT, own_thread, run_in_own_thread


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


async def test_a_call_in_its_thread_leads_back_to_the_loop_that_waits_for_it() -> None:
    async def loop() -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    assert await run_in_own_thread(db.run_in_loop, loop) is asyncio.get_running_loop()
    assert await run_in_own_thread(threading.get_ident) != threading.get_ident()


async def test_a_call_whose_caller_has_left_is_carried_through_in_a_thread_nobody_else_gets() -> (
    None
):
    begun, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        assert may_end.wait(timeout=30)
        ended.set()

    caller = asyncio.create_task(run_in_own_thread(work))
    assert await asyncio.to_thread(begun.wait, 30)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    # It would wait for ever in the thread of the other.
    await run_in_own_thread(may_end.set)
    assert await asyncio.to_thread(ended.wait, 30)
