"""Many who ask at the same time are answered together."""

import asyncio

import pytest

from speaktracker.db.batching import Batch
from speaktracker.exceptions import Unavailable


async def test_who_comes_while_a_batch_runs_goes_with_the_next() -> None:
    batches: list[list[int]] = []
    begin = asyncio.Event()

    async def double(items: list[int]) -> list[int]:
        batches.append(items)
        await begin.wait()
        return [item * 2 for item in items]

    batch = Batch(double, size=2)
    asked = [asyncio.create_task(batch.ask(number)) for number in (1, 2, 3)]
    begin.set()
    assert await asyncio.gather(*asked) == [2, 4, 6]
    assert batches == [[1, 2], [3]]


async def test_a_failure_reaches_all_of_its_batch_and_nobody_else() -> None:
    async def refuse_odd(items: list[int]) -> list[int]:
        if items[0] % 2:
            raise Unavailable("odd")
        return items

    batch = Batch(refuse_odd, size=1)
    odd, even = await asyncio.gather(batch.ask(1), batch.ask(2), return_exceptions=True)
    assert isinstance(odd, Unavailable)
    assert even == 2


async def test_a_full_queue_refuses_at_once() -> None:
    batch: Batch[int, int] = Batch(lambda _items: asyncio.Future(), size=1, bound=0)
    with pytest.raises(Unavailable):
        await batch.ask(1)


async def test_one_who_gave_up_holds_nobody_up() -> None:
    begin = asyncio.Event()

    async def same(items: list[int]) -> list[int]:
        await begin.wait()
        return items

    batch = Batch(same, size=2)
    gone, there = (asyncio.create_task(batch.ask(number)) for number in (1, 2))
    await asyncio.sleep(0)
    gone.cancel()
    begin.set()
    assert await there == 2
