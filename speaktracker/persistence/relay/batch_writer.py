"""Carries one turn's writes to the store: in batches, in threads, only while the lease holds."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from speaktracker.persistence.base import (
    Backend,
    ChangeRefused,
    StoreUnavailable,
    Write,
)
from speaktracker.persistence.records import Key
from speaktracker.persistence.relay.relay_lease import Lease
from speaktracker.persistence.relay.timing import Pace
from speaktracker.persistence.tables import Table


class LeaseRunsOut(StoreUnavailable):
    """Too little is left of the lease for another call."""


@dataclass(slots=True)
class Outcome:
    """What became of the keys of a turn; those not named were not written.

    `doubtful` had a call without an answer, `stale` one that ended, either way, after the lease.
    """

    done: set[Key] = field(default_factory=set)
    refused: dict[Key, str] = field(default_factory=dict)
    doubtful: set[Key] = field(default_factory=set)
    stale: set[Key] = field(default_factory=set)
    trouble: StoreUnavailable | None = None


class Writer:
    """Writes batches side by side, as many as it has threads; boto3 blocks, so it gets its own."""

    def __init__(
        self, make_backend: Callable[[], Backend], lease: Lease, pace: Pace, threads: int
    ) -> None:
        self._make_backend = make_backend
        self._lease = lease
        self._pace = pace
        self._threads = ThreadPoolExecutor(threads, "mirror")
        self._slots = asyncio.Semaphore(threads)
        self._making = asyncio.Lock()
        self._backend: Backend | None = None
        self._under_way: set[asyncio.Future[list[Write]]] = set()

    async def backend(self) -> Backend:
        """Make the backend at its first use; raises StoreMisconfigured each time until it can."""
        async with self._making:
            if self._backend is None:
                loop = asyncio.get_running_loop()
                self._backend = await loop.run_in_executor(self._threads, self._make_backend)
            return self._backend

    async def check(self, table: Table[Any]) -> None:
        """Raise StoreUnavailable unless the store has `table`."""
        backend = await self.backend()
        async with self._slots:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._threads, backend.check, table)

    async def write(self, writes: Sequence[Write]) -> Outcome:
        """Write changes of one table and different keys; never raises what a store may answer."""
        backend = await self.backend()
        outcome = Outcome()
        batches = _batches(writes, backend.write_limit)
        await asyncio.gather(*(self._batch(backend, batch, outcome) for batch in batches))
        return outcome

    async def close(self) -> bool:
        """Wait, bounded, for calls under way; False when one may still reach the store."""
        left: set[asyncio.Future[list[Write]]] = set()
        if self._under_way:
            _, left = await asyncio.wait(self._under_way, timeout=self._pace.call)
        self._threads.shutdown(wait=False, cancel_futures=True)
        return not left

    async def _batch(self, backend: Backend, writes: list[Write], outcome: Outcome) -> None:
        keys = {write.key for write in writes}
        try:
            async with self._slots:
                if outcome.trouble:
                    return  # no use in asking a store that is away twenty times
                left = {write.key for write in await self._call(backend, writes)}
        except ChangeRefused as refusal:
            await self._part(backend, writes, outcome, str(refusal))
        except StoreUnavailable as trouble:
            outcome.trouble = trouble
            if trouble.maybe_done:
                doubt = outcome.doubtful if self._lease.seconds_left() > 0 else outcome.stale
                doubt |= keys
        else:
            settled = outcome.done if self._lease.seconds_left() > 0 else outcome.stale
            settled |= keys - left
            if left:
                outcome.trouble = StoreUnavailable("DynamoDB takes only a part of what it is sent.")

    async def _part(
        self, backend: Backend, writes: list[Write], outcome: Outcome, refusal: str
    ) -> None:
        """Find the change that a refused batch was refused for, by halves."""
        if len(writes) == 1:
            outcome.refused[writes[0].key] = refusal
            return
        middle = len(writes) // 2
        await self._batch(backend, writes[:middle], outcome)
        await self._batch(backend, writes[middle:], outcome)

    async def _call(self, backend: Backend, writes: list[Write]) -> list[Write]:
        if self._lease.seconds_left() < self._pace.call:
            raise LeaseRunsOut("This process's claim to be the relay runs out.")
        loop = asyncio.get_running_loop()
        call = loop.run_in_executor(self._threads, backend.write, writes)
        self._under_way.add(call)
        call.add_done_callback(self._ended)
        # A thread cannot be stopped: waited for, never cancelled, so that `close` knows of it.
        done, _ = await asyncio.wait({call}, timeout=self._pace.call)
        if not done:
            raise StoreUnavailable("DynamoDB did not answer in time.", maybe_done=True)
        return call.result()

    def _ended(self, call: asyncio.Future[list[Write]]) -> None:
        self._under_way.discard(call)
        if not call.cancelled():
            call.exception()  # read by nobody else when it came after its time


def _batches(writes: Sequence[Write], size: int) -> list[list[Write]]:
    rest = iter(writes)
    return list(iter(lambda: list(islice(rest, size)), []))
