"""A bell wakes whoever waits for it."""

import asyncio
from contextlib import suppress

from speaktracker.transport.wakeup_event import Bell


async def test_everyone_who_waits_goes_on_even_when_one_gave_up() -> None:
    bell = Bell()
    waiting = [asyncio.create_task(bell.wait()) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[1].cancel()
    with suppress(asyncio.CancelledError):
        await waiting[1]
    bell.ring()
    async with asyncio.timeout(5):
        await asyncio.gather(waiting[0], waiting[2])


async def test_it_stays_rung_until_it_is_cleared() -> None:
    bell = Bell()
    bell.ring()
    async with asyncio.timeout(5):
        await bell.wait()
    bell.clear()
    late = asyncio.create_task(bell.wait())
    await asyncio.sleep(0)
    assert not late.done()
    bell.ring()
    async with asyncio.timeout(5):
        await late
