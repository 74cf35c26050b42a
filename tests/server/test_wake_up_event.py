"""A wake-up event wakes whoever waits for it."""

import asyncio
from contextlib import suppress

from speaktracker.transport.wake_up_event import WakeUpEvent


async def test_everyone_who_waits_goes_on_even_when_one_gave_up() -> None:
    wake_up = WakeUpEvent()
    waiting = [asyncio.create_task(wake_up.wait()) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[1].cancel()
    with suppress(asyncio.CancelledError):
        await waiting[1]
    wake_up.set()
    async with asyncio.timeout(30):
        await asyncio.gather(waiting[0], waiting[2])


async def test_it_stays_set_until_it_is_cleared() -> None:
    wake_up = WakeUpEvent()
    wake_up.set()
    async with asyncio.timeout(30):
        await wake_up.wait()
    wake_up.clear()
    late = asyncio.create_task(wake_up.wait())
    await asyncio.sleep(0)
    assert not late.done()
    wake_up.set()
    async with asyncio.timeout(30):
        await late
