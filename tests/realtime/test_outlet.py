"""The queue in front of one socket: order, conflation, its bound, batches and slow clients."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.sockets import write_queue as outlet_module
from realtime.sockets.write_queue import Outlet
from speaktracker.exceptions import TooSlow


class Wire:
    """A transport that takes frames only while it is open."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.open = asyncio.Event()
        self.open.set()

    async def send(self, text: str) -> None:
        await self.open.wait()
        self.written.append(text)


def merge(texts: Sequence[str]) -> str:
    """Show a batch."""
    return "+".join(texts)


async def drain(outlet: Outlet) -> None:
    """Write all that waits, and end."""
    outlet.close()
    await outlet.run()


async def test_frames_keep_their_order() -> None:
    wire = Wire()
    outlet = Outlet(wire.send, 10)
    outlet.put("a")
    outlet.put_update(1, "b")
    outlet.put_edge(2, "c")
    outlet.put_snapshot(["d", "e"])
    await drain(outlet)
    assert wire.written == ["a", "b", "c", "d", "e"]


async def test_a_newer_update_takes_the_older_ones_place() -> None:
    wire = Wire()
    outlet = Outlet(wire.send, 10)
    outlet.put_update(1, "old")
    outlet.put_update(2, "other")
    outlet.put_update(1, "new")
    await drain(outlet)
    assert wire.written == ["new", "other"]


async def test_an_update_never_overtakes_an_edge_of_its_student() -> None:
    wire = Wire()
    outlet = Outlet(wire.send, 10)
    outlet.put_update(1, "before")
    outlet.put_edge(1, "left")
    outlet.put_update(1, "after")
    await drain(outlet)
    assert wire.written == ["before", "left", "after"]


async def test_an_edge_of_another_student_is_no_barrier() -> None:
    wire = Wire()
    outlet = Outlet(wire.send, 10)
    outlet.put_update(1, "old")
    outlet.put_edge(2, "left")
    outlet.put_update(1, "new")
    await drain(outlet)
    assert wire.written == ["new", "left"]


async def test_no_update_overtakes_a_snapshot() -> None:
    wire = Wire()
    outlet = Outlet(wire.send, 10)
    outlet.put_update(1, "before")
    outlet.put_snapshot(["all"])
    outlet.put_update(1, "after")
    await drain(outlet)
    assert wire.written == ["before", "all", "after"]


async def test_conflated_updates_do_not_count_against_the_bound() -> None:
    wire = Wire()
    outlet = Outlet(wire.send, 2)
    for number in range(100):
        outlet.put_update(1, str(number))
    outlet.put("last")
    await drain(outlet)
    assert wire.written == ["99", "last"]


async def test_an_outlet_that_outgrows_its_bound_is_too_slow() -> None:
    outlet = Outlet(Wire().send, 3)
    for text in "abcd":
        outlet.put(text)
    assert outlet.closed
    with pytest.raises(TooSlow):
        await outlet.run()


async def test_a_write_that_takes_too_long_is_too_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outlet_module, "SEND_TIMEOUT_SECONDS", 0.01)
    wire = Wire()
    wire.open.clear()
    outlet = Outlet(wire.send, 3)
    outlet.put("a")
    with pytest.raises(TooSlow):
        await outlet.run()


async def test_a_closed_outlet_takes_nothing_more_and_writes_what_waits() -> None:
    wire = Wire()
    outlet = Outlet(wire.send, 3)
    outlet.put("a")
    outlet.close()
    outlet.put("b")
    assert not await outlet.write("c")
    await outlet.run()
    assert wire.written == ["a"]


@pytest.fixture
async def running() -> AsyncIterator[tuple[Outlet, Wire]]:
    """An outlet that writes as frames come."""
    wire = Wire()
    outlet = Outlet(wire.send, 10)
    task = asyncio.create_task(outlet.run())
    yield outlet, wire
    outlet.close()
    wire.open.set()
    await task


async def test_a_write_is_confirmed_once_it_was_handed_over(
    running: tuple[Outlet, Wire],
) -> None:
    outlet, wire = running
    wire.open.clear()
    confirmed = asyncio.create_task(outlet.write("a"))
    done, _ = await asyncio.wait([confirmed], timeout=0.05)
    assert not done
    wire.open.set()
    assert await confirmed


async def test_frames_that_wait_behind_a_broken_transport_are_not_confirmed() -> None:
    async def broken(_text: str) -> None:
        raise ConnectionError("gone")

    outlet = Outlet(broken, 10)
    answers = [asyncio.create_task(outlet.write(text)) for text in "abc"]
    await asyncio.sleep(0)
    with pytest.raises(ConnectionError):
        await outlet.run()
    assert await asyncio.gather(*answers) == [False, False, False]
    assert outlet.closed


async def test_a_conflated_update_passes_its_confirmation_on() -> None:
    heard: list[tuple[str, bool]] = []
    outlet = Outlet(Wire().send, 10)
    outlet.put_update(1, "old", lambda written: heard.append(("old", written)))
    outlet.put_update(1, "new", lambda written: heard.append(("new", written)))
    await drain(outlet)
    assert heard == [("new", True)]


async def test_updates_that_wait_together_share_a_frame() -> None:
    wire = Wire()
    outlet = Outlet(wire.send, 10, merge)
    for key, text in enumerate("abc"):
        outlet.put_update(key, text)
    outlet.put("x")
    outlet.put_update(9, "d")
    await drain(outlet)
    assert wire.written == ["a+b+c", "x", "d"]


async def test_a_batch_ends_before_an_edge() -> None:
    wire = Wire()
    outlet = Outlet(wire.send, 10, merge)
    outlet.put_update(1, "a")
    outlet.put_edge(2, "left")
    outlet.put_update(3, "b")
    await drain(outlet)
    assert wire.written == ["a", "left", "b"]


async def test_a_busy_dashboard_is_written_to_in_beats() -> None:
    wire = Wire()
    outlet = Outlet(wire.send, 10, merge, linger_seconds=0.1)
    task = asyncio.create_task(outlet.run())
    outlet.put_update(1, "a")
    await asyncio.sleep(0.01)
    outlet.put_update(2, "b")
    await asyncio.wait([task], timeout=0.3)
    outlet.close()
    await task
    assert wire.written == ["a+b"]


Step = tuple[str, int]
steps = st.lists(
    st.tuples(st.sampled_from(["put", "edge", "update", "snapshot"]), st.integers(1, 3)),
    max_size=40,
)


def _play(outlet: Outlet, step: Step, number: int) -> None:
    kind, key = step
    text = f"{number}:{kind}:{key}"
    puts: dict[str, Callable[..., Any]] = {
        "put": lambda: outlet.put(text),
        "edge": lambda: outlet.put_edge(key, text),
        "update": lambda: outlet.put_update(key, text),
        "snapshot": lambda: outlet.put_snapshot([text]),
    }
    puts[kind]()


@given(steps)
@settings(max_examples=100, deadline=None, derandomize=True, database=None)
def test_whatever_is_put_nothing_but_older_updates_is_lost(taken: list[Step]) -> None:
    wire = Wire()

    async def run() -> None:
        outlet = Outlet(wire.send, 1000)
        for number, step in enumerate(taken):
            _play(outlet, step, number)
        await drain(outlet)

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
