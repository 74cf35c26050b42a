"""The queue in front of one socket: order, conflation, its bound, batches and slow clients."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.sockets import write_queue as write_queue_module
from realtime.sockets.queued_frame import Merging, QueueBounds
from realtime.sockets.write_queue import WriteQueue
from speaktracker.exceptions import TooSlow


class Wire:
    """A transport that takes frames only while it is open."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.open = asyncio.Event()
        self.open.set()

    async def send(self, content: str | bytes) -> None:
        await self.open.wait()
        self.written.append(content if isinstance(content, str) else repr(content))


def up_to(frames: int, size: int = 100_000) -> QueueBounds:
    """Bound a queue in frames, and in bytes."""
    return QueueBounds(frames, size)


def merge(texts: Sequence[str]) -> str:
    """Show a batch."""
    return "+".join(texts)


class OneWriter:
    """Writes what is put into a queue, by one task at a time, as a socket's consumer does."""

    def __init__(self, write_queue: WriteQueue) -> None:
        self.write_queue = write_queue
        self.task: asyncio.Task[None] | None = None
        write_queue.start(self.wake)

    def wake(self) -> None:
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self.write_queue.drain())

    async def finish(self) -> None:
        """Close the queue and wait until what waited is written."""
        self.write_queue.close()
        assert self.task
        await self.task


async def test_frames_keep_their_order() -> None:
    wire = Wire()
    write_queue = WriteQueue(wire.send, up_to(10))
    write_queue.put("a")
    write_queue.put_update(1, "b")
    write_queue.put_transition(2, "c")
    write_queue.put_snapshot(["d", "e"])
    await write_queue.drain()
    assert wire.written == ["a", "b", "c", "d", "e"]


async def test_a_newer_update_takes_the_older_ones_place() -> None:
    wire = Wire()
    write_queue = WriteQueue(wire.send, up_to(10))
    write_queue.put_update(1, "old")
    write_queue.put_update(2, "other")
    write_queue.put_update(1, "new")
    await write_queue.drain()
    assert wire.written == ["new", "other"]


async def test_an_update_never_overtakes_an_edge_of_its_student() -> None:
    wire = Wire()
    write_queue = WriteQueue(wire.send, up_to(10))
    write_queue.put_update(1, "before")
    write_queue.put_transition(1, "left")
    write_queue.put_update(1, "after")
    await write_queue.drain()
    assert wire.written == ["before", "left", "after"]


async def test_an_edge_of_another_student_is_no_barrier() -> None:
    wire = Wire()
    write_queue = WriteQueue(wire.send, up_to(10))
    write_queue.put_update(1, "old")
    write_queue.put_transition(2, "left")
    write_queue.put_update(1, "new")
    await write_queue.drain()
    assert wire.written == ["new", "left"]


async def test_no_update_overtakes_a_snapshot() -> None:
    wire = Wire()
    write_queue = WriteQueue(wire.send, up_to(10))
    write_queue.put_update(1, "before")
    write_queue.put_snapshot(["all"])
    write_queue.put_update(1, "after")
    await write_queue.drain()
    assert wire.written == ["before", "all", "after"]


async def test_conflated_updates_do_not_count_against_the_bound() -> None:
    wire = Wire()
    write_queue = WriteQueue(wire.send, up_to(2))
    for number in range(100):
        write_queue.put_update(1, str(number))
    write_queue.put("last")
    await write_queue.drain()
    assert wire.written == ["99", "last"]


async def test_an_write_queue_that_outgrows_its_bound_is_too_slow() -> None:
    write_queue = WriteQueue(Wire().send, up_to(3))
    for text in "abcd":
        write_queue.put(text)
    assert write_queue.closed
    with pytest.raises(TooSlow):
        await write_queue.drain()


async def test_frames_that_hold_too_many_bytes_are_too_slow() -> None:
    write_queue = WriteQueue(Wire().send, up_to(100, size=25_000))
    for letter in "ab":
        write_queue.put(letter * 10_000)
    assert not write_queue.closed
    write_queue.put("c" * 10_000)
    with pytest.raises(TooSlow):
        await write_queue.drain()


async def test_a_longer_update_in_an_older_ones_place_counts_with_its_own_bytes() -> None:
    write_queue = WriteQueue(Wire().send, up_to(100, size=25_000))
    for length in (1, 20_000, 1, 20_000):
        write_queue.put_update(1, "a" * length)
    write_queue.put("b")
    assert not write_queue.closed
    write_queue.put("c" * 10_000)
    assert write_queue.closed


async def test_what_was_written_counts_no_longer() -> None:
    wire = Wire()
    write_queue = WriteQueue(wire.send, up_to(100, size=25_000))
    writer = OneWriter(write_queue)
    for _ in range(10):
        assert await write_queue.write("a" * 20_000)
    await writer.finish()
    assert len(wire.written) == 10


async def test_a_snapshot_may_be_as_large_as_the_class() -> None:
    wire = Wire()
    write_queue = WriteQueue(wire.send, up_to(100, size=25_000))
    written: list[bool] = []
    write_queue.put_snapshot(["a" * 20_000, "b" * 20_000], written.append)
    assert written == []
    await write_queue.drain()
    assert (len(wire.written), written) == (2, [True])


async def test_a_write_that_takes_too_long_is_too_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_queue_module, "SEND_TIMEOUT_SECONDS", 0.01)
    wire = Wire()
    wire.open.clear()
    write_queue = WriteQueue(wire.send, up_to(3))
    write_queue.put("a")
    with pytest.raises(TooSlow):
        await write_queue.drain()


async def test_a_closed_write_queue_takes_nothing_more_and_writes_what_waits() -> None:
    wire = Wire()
    write_queue = WriteQueue(wire.send, up_to(3))
    write_queue.put("a")
    write_queue.close()
    write_queue.put("b")
    assert not await write_queue.write("c")
    await write_queue.drain()
    assert wire.written == ["a"]


async def test_whoever_waits_for_a_frame_hears_that_its_socket_has_gone() -> None:
    write_queue = WriteQueue(Wire().send, up_to(3))
    writer = OneWriter(write_queue)
    answer = asyncio.create_task(write_queue.write("a"))
    await asyncio.sleep(0)
    assert writer.task, "the frame woke nobody"
    # Its first turn never comes: what waits must not depend on it.
    writer.task.cancel()
    write_queue.abandon()
    assert not await answer
    assert not await write_queue.write("b")


async def test_there_is_a_writer_only_while_something_waits() -> None:
    wire = Wire()
    write_queue = WriteQueue(wire.send, up_to(3))
    writer = OneWriter(write_queue)
    assert writer.task is None
    for text in "ab":
        assert await write_queue.write(text)
        assert writer.task
        await asyncio.wait_for(writer.task, 30)
    assert wire.written == ["a", "b"]


@pytest.fixture
async def running() -> AsyncIterator[tuple[WriteQueue, Wire]]:
    """An write_queue that writes as frames come."""
    wire = Wire()
    write_queue = WriteQueue(wire.send, up_to(10))
    writer = OneWriter(write_queue)
    yield write_queue, wire
    wire.open.set()
    await writer.finish()


async def test_a_write_is_confirmed_once_it_was_handed_over(
    running: tuple[WriteQueue, Wire],
) -> None:
    write_queue, wire = running
    wire.open.clear()
    confirmed = asyncio.create_task(write_queue.write("a"))
    done, _ = await asyncio.wait([confirmed], timeout=0.05)
    assert not done
    wire.open.set()
    assert await confirmed


async def test_a_frame_that_may_not_wait_long_is_taken_back() -> None:
    wire = Wire()
    wire.open.clear()
    write_queue = WriteQueue(wire.send, up_to(10))
    writer = OneWriter(write_queue)
    impatient = [asyncio.create_task(write_queue.write_within(text, 0.05)) for text in "ab"]
    write_queue.put("c")
    assert await asyncio.gather(*impatient) == [False, False]
    wire.open.set()
    assert await write_queue.write_within(b"d", 10)
    await writer.finish()
    assert wire.written == ["c", "b'd'"]


async def test_a_frame_that_may_not_wait_long_takes_at_most_half_of_the_room() -> None:
    write_queue = WriteQueue(Wire().send, up_to(4))
    write_queue.put("a")
    write_queue.put("b")
    assert not await write_queue.write_within("c", 10)
    assert not await WriteQueue(Wire().send, up_to(100, 1_000)).write_within(b"x" * 600, 10)
    assert not write_queue.closed


async def test_frames_that_wait_behind_a_broken_transport_are_not_confirmed() -> None:
    async def broken(_content: str | bytes) -> None:
        raise ConnectionError("gone")

    write_queue = WriteQueue(broken, up_to(10))
    answers = [asyncio.create_task(write_queue.write(text)) for text in "abc"]
    await asyncio.sleep(0)
    with pytest.raises(ConnectionError):
        await write_queue.drain()
    assert await asyncio.gather(*answers) == [False, False, False]
    assert write_queue.closed


async def test_a_conflated_update_passes_its_confirmation_on() -> None:
    heard: list[tuple[str, bool]] = []
    write_queue = WriteQueue(Wire().send, up_to(10))
    write_queue.put_update(1, "old", lambda written: heard.append(("old", written)))
    write_queue.put_update(1, "new", lambda written: heard.append(("new", written)))
    await write_queue.drain()
    assert heard == [("new", True)]


async def test_updates_that_wait_together_share_a_frame() -> None:
    wire = Wire()
    write_queue = WriteQueue(wire.send, up_to(10), merging=Merging(merge, 0.0))
    for key, text in enumerate("abc"):
        write_queue.put_update(key, text)
    write_queue.put("x")
    write_queue.put_update(9, "d")
    await write_queue.drain()
    assert wire.written == ["a+b+c", "x", "d"]


async def test_a_batch_ends_before_an_edge() -> None:
    wire = Wire()
    write_queue = WriteQueue(wire.send, up_to(10), merging=Merging(merge, 0.0))
    write_queue.put_update(1, "a")
    write_queue.put_transition(2, "left")
    write_queue.put_update(3, "b")
    await write_queue.drain()
    assert wire.written == ["a", "left", "b"]


async def test_a_busy_dashboard_is_written_to_in_beats() -> None:
    wire = Wire()
    write_queue = WriteQueue(wire.send, up_to(10), merging=Merging(merge, 0.1))
    writer = OneWriter(write_queue)
    write_queue.put_update(1, "a")
    await asyncio.sleep(0)  # a turn, in which the queue has begun to wait for the beat
    assert not wire.written
    write_queue.put_update(2, "b")
    async with asyncio.timeout(30):
        while not wire.written:  # noqa: ASYNC110 - the wire tells nobody
            await asyncio.sleep(0.01)
    await writer.finish()
    assert wire.written == ["a+b"]


Step = tuple[str, int]
steps = st.lists(
    st.tuples(st.sampled_from(["put", "edge", "update", "snapshot"]), st.integers(1, 3)),
    max_size=40,
)


def _play(write_queue: WriteQueue, step: Step, number: int) -> None:
    kind, key = step
    text = f"{number}:{kind}:{key}"
    puts: dict[str, Callable[..., Any]] = {
        "put": lambda: write_queue.put(text),
        "edge": lambda: write_queue.put_transition(key, text),
        "update": lambda: write_queue.put_update(key, text),
        "snapshot": lambda: write_queue.put_snapshot([text]),
    }
    puts[kind]()


@given(steps)
@settings(max_examples=100, deadline=None, derandomize=True, database=None)
def test_whatever_is_put_nothing_but_older_updates_is_lost(taken: list[Step]) -> None:
    wire = Wire()

    async def run() -> None:
        write_queue = WriteQueue(wire.send, up_to(1000))
        for number, step in enumerate(taken):
            _play(write_queue, step, number)
        await write_queue.drain()

    asyncio.run(run())
    written = [tuple(text.split(":")) for text in wire.written]
    kept = [(str(n), k, str(key)) for n, (k, key) in enumerate(taken) if k != "update"]
    assert [item for item in written if item[1] != "update"] == kept
    _stay_on_their_side(taken, [(int(n), k, int(key)) for n, k, key in written])


def _stay_on_their_side(taken: list[Step], written: list[tuple[int, str, int]]) -> None:
    """Check that each update stands between the barriers it was put between, and is the latest."""
    for at, (number, kind, key) in enumerate(written):
        if kind != "update":
            continue
        barriers = [
            n for n, k, other in written[:at] if k == "snapshot" or (k, other) == ("edge", key)
        ]
        later = [n for n, (k, other) in enumerate(taken) if n > number and _bars(k, other, key)]
        following = min(later, default=len(taken))
        assert all(barrier < number for barrier in barriers)
        newer = [n for n in range(number + 1, following) if taken[n] == ("update", key)]
        assert not newer
        assert all(n not in [w for w, _, _ in written[:at]] for n in later)


def _bars(kind: str, other: int, key: int) -> bool:
    return kind == "snapshot" or (kind == "edge" and other == key)
