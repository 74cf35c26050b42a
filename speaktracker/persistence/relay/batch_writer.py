"""Carries one turn's writes to the store: in batches, in threads, only while the lease holds."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from speaktracker.persistence.base import (
    Backend,
    ChangeRefused,
    StoreUnavailable,
    Write,
)
from speaktracker.persistence.records import Key
from speaktracker.persistence.relay.relay_lease import RelayLeaseHolder
from speaktracker.persistence.relay.timing import Timing
from speaktracker.persistence.tables import Table


class LeaseRunsOut(StoreUnavailable):
    """Too little is left of the lease for another call."""


@dataclass(slots=True)
class WriteResult:
    """What became of the keys of a turn; those not named were not written.

    They were read in `term` of the lease. `doubtful` had a call without an answer, `stale` one that
    ended, either way, after that term.
    """

    term: int
    done: set[Key] = field(default_factory=set)
    refused: dict[Key, str] = field(default_factory=dict)
    doubtful: set[Key] = field(default_factory=set)
    stale: set[Key] = field(default_factory=set)
    trouble: StoreUnavailable | None = None


class BatchWriter:
    """Writes batches side by side, as many as it has threads; boto3 blocks, so it gets its own."""

    def __init__(
        self,
        make_backend: Callable[[], Backend],
        lease: RelayLeaseHolder,
        timing: Timing,
        threads: int,
    ) -> None:
        self._make_backend = make_backend
        self._lease = lease
        self._timing = timing
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

    async def write(self, writes: Sequence[Write], term: int) -> WriteResult:
        """Write changes of one table and of different keys, in batches of `Backend.write_limit`.

        They were read in `term` of the lease. What the store answers is in the result, never
        raised. Raises StoreMisconfigured where the backend cannot even be made.
        """
        backend = await self.backend()
        result, size = WriteResult(term), backend.write_limit
        batches = [writes[start : start + size] for start in range(0, len(writes), size)]
        await asyncio.gather(*(self._write_batch(backend, batch, result) for batch in batches))
        return result

    async def call(self, backend: Backend, batch: Sequence[Write], term: int) -> list[Write]:
        """Have `backend` write a batch of `term` in a thread; returns what it left undone.

        Raises LeaseRunsOut before the call, StoreUnavailable where no answer comes in time, and
        what the backend raises.
        """
        if not self._lease.holds(term) or self._lease.seconds_left() < self._timing.call_timeout:
            raise LeaseRunsOut("This process's claim to its shares runs out.")
        loop = asyncio.get_running_loop()
        call = loop.run_in_executor(self._threads, backend.write, batch)
        self._under_way.add(call)
        call.add_done_callback(self._under_way.discard)
        # Read by nobody else where it comes after its time.
        call.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        # A thread cannot be stopped: waited for, never cancelled, so that `close` knows of it.
        done, _ = await asyncio.wait({call}, timeout=self._timing.call_timeout)
        if not done:
            raise StoreUnavailable("DynamoDB did not answer in time.", maybe_done=True)
        return call.result()

    async def close(self) -> bool:
        """Wait, bounded, for calls under way; False when one may still reach the store."""
        left: set[asyncio.Future[list[Write]]] = set()
        if self._under_way:
            _, left = await asyncio.wait(self._under_way, timeout=self._timing.call_timeout)
        self._threads.shutdown(wait=False, cancel_futures=True)
        return not left

    async def _write_batch(
        self, backend: Backend, batch: Sequence[Write], result: WriteResult
    ) -> None:
        keys = {write.key for write in batch}
        try:
            async with self._slots:
                if result.trouble:
                    return  # no use in asking a store that is away twenty times
                left = {write.key for write in await self.call(backend, batch, result.term)}
        except ChangeRefused as refusal:
            if len(batch) == 1:
                result.refused[batch[0].key] = str(refusal)
                return
            # The store does not say which change it refuses: found by halves.
            middle = len(batch) // 2
            await self._write_batch(backend, batch[:middle], result)
            await self._write_batch(backend, batch[middle:], result)
        except StoreUnavailable as trouble:
            result.trouble = trouble
            if trouble.maybe_done:
                doubt = result.doubtful if self._lease.holds(result.term) else result.stale
                doubt |= keys
        else:
            settled = result.done if self._lease.holds(result.term) else result.stale
            settled |= keys - left
            if left:
                result.trouble = StoreUnavailable("DynamoDB takes only a part of what it is sent.")
