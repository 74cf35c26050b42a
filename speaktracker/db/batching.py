"""Work that many ask for at the same time, carried out together."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from speaktracker.exceptions import Unavailable

T = TypeVar("T")
R = TypeVar("R")


class Batch(Generic[T, R]):
    """One call for all that wait; whoever comes while it runs goes with the next.

    `work` answers a list of items with their results in the same order. What it raises, all of its
    items get. At most `bound` items wait: more are refused with Unavailable.
    """

    def __init__(
        self, work: Callable[[list[T]], Awaitable[Sequence[R]]], size: int, bound: int = 10_000
    ) -> None:
        self._work = work
        self._size = size
        self._bound = bound
        self._waiting: deque[tuple[T, asyncio.Future[R]]] = deque()
        self._worker: asyncio.Task[None] | None = None

    async def ask(self, item: T) -> R:
        """Have `item` carried out with the next batch, and return its result."""
        if len(self._waiting) >= self._bound:
            raise Unavailable("too many are waiting already")
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._carry_out())
        return await future

    async def _carry_out(self) -> None:
        while self._waiting:
            count = min(self._size, len(self._waiting))
            batch = [self._waiting.popleft() for _ in range(count)]
            try:
                results = await self._work([item for item, _ in batch])
            except Exception as error:
                for _, future in batch:
                    if not future.done():
                        future.set_exception(error)
                continue
            for (_, future), result in zip(batch, results, strict=True):
                if not future.done():
                    future.set_result(result)
