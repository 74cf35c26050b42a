"""Disconnects of one process: each once, together, and nobody is kept waiting by a storm."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from realtime.per_process import pending_disconnects as module
from realtime.per_process.pending_disconnects import (
    TOGETHER,
    PendingDisconnect,
    PendingDisconnects,
)
from speaktracker.exceptions import Unavailable


class Shelf:
    """Where disconnects are written: at once, once it is opened, or not at all while away."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.away = False
        self.open = asyncio.Event()
        self.disconnects = PendingDisconnects(self.write)

    async def write(self, disconnects: list[PendingDisconnect]) -> Sequence[None]:
        await self.open.wait()
        if self.away:
            raise Unavailable("the database did not answer")
        self.batches.append([one.connection_id for one in disconnects])
        return [None] * len(disconnects)


@pytest.fixture
async def shelf() -> AsyncIterator[Shelf]:
    shelf = Shelf()
    yield shelf
    shelf.away = False
    shelf.open.set()
    await shelf.disconnects.write_due()


def of(number: int) -> PendingDisconnect:
    return PendingDisconnect(str(number), number)


async def test_who_waits_too_long_goes_on_and_is_written_once(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.01)
    await shelf.disconnects.write(of(1))
    await shelf.disconnects.write_due(seconds=0.01)
    assert shelf.batches == []
    shelf.open.set()
    await shelf.disconnects.write_due()
    await shelf.disconnects.write_due()
    assert shelf.batches == [["1"]]


async def test_who_is_cancelled_with_the_socket_is_written_all_the_same(shelf: Shelf) -> None:
    ending = asyncio.create_task(shelf.disconnects.write(of(1)))
    await asyncio.sleep(0)
    ending.cancel()
    shelf.open.set()
    await shelf.disconnects.write_due()
    assert shelf.batches == [["1"]]


async def test_after_an_outage_all_are_tried_together(shelf: Shelf) -> None:
    shelf.away = True
    shelf.open.set()
    everybody = [of(number) for number in range(2 * TOGETHER)]
    await asyncio.gather(*map(shelf.disconnects.write, everybody))
    shelf.away = False
    await shelf.disconnects.write_due()
    assert [len(batch) for batch in shelf.batches] == [TOGETHER, TOGETHER]
    await shelf.disconnects.write_due()
    assert len(shelf.batches) == 2
