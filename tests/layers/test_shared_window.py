"""What all processes together let pass, counted in a real Valkey."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from speaktracker.exceptions import Unavailable
from speaktracker.layers.redis.address import parse
from speaktracker.layers.redis.resp_wire import command
from speaktracker.layers.redis.shared_window import Grant, SharedWindow
from tests.valkey import Valkey, running_valkey


@pytest.fixture(scope="module")
def valkey() -> Iterator[Valkey]:
    with running_valkey() as server:
        yield server


@pytest.fixture
async def windows(valkey: Valkey) -> AsyncIterator[list[SharedWindow]]:
    """Those of three processes, of which the last belongs to another installation."""
    made = [SharedWindow(parse(valkey.url), prefix) for prefix in ("one:", "one:", "two:")]
    yield made
    for window in made:
        await window.close()


async def grants(window: SharedWindow, name: str, times: int, seconds: float = 60.0) -> list[int]:
    return [(await window.take(name, 10, seconds)).amount for _ in range(times)]


async def test_processes_share_what_may_pass(windows: list[SharedWindow]) -> None:
    first, second, other = windows
    assert await grants(first, "shared", 2) == [3, 3]
    assert await grants(second, "shared", 3) == [3, 1, 0]
    assert await grants(second, "somebody", 1) == [3]
    assert await grants(other, "shared", 1) == [3]


async def test_who_gets_nothing_is_told_how_long(windows: list[SharedWindow]) -> None:
    await grants(windows[0], "waits", 4, 3.0)
    refused = await windows[1].take("waits", 10, 3.0)
    assert refused.amount == 0
    assert 0 < refused.wait <= 3
    await asyncio.sleep(refused.wait)  # as Redis says
    assert (await windows[1].take("waits", 10, 3.0)).amount >= 1


async def test_a_flood_of_two_processes_comes_to_ten_a_second(windows: list[SharedWindow]) -> None:
    passed, start = 0, time.monotonic()
    while (elapsed := time.monotonic() - start) < 3:
        for window in windows[:2]:
            passed += (await window.take("flood", 10, 1.0)).amount
    assert 25 <= passed <= 10 * elapsed + 3


@pytest.mark.parametrize(
    ("most", "seconds", "first"), [(1, 1000.0, 1), (15, 1000.0, 4), (10_000, 1000.0, 3000)]
)
async def test_other_limits_are_granted_in_parts(
    windows: list[SharedWindow], most: int, seconds: float, first: int
) -> None:
    assert await windows[0].take(f"most {most}", most, seconds) == Grant(first, 0.0)
    total = first
    while more := (await windows[1].take(f"most {most}", most, seconds)).amount:
        total += more
    assert total == most


async def test_nobody_is_kept_waiting_by_a_time_far_ahead(windows: list[SharedWindow]) -> None:
    await grants(windows[0], "ahead", 1)
    assert windows[0].wire is not None
    ahead = b" ".join([b"99999999999999"] * 10)
    await windows[0].wire.ask(command(b"SET", b"one:ahead", ahead))
    assert await grants(windows[0], "ahead", 1) == [3]


async def test_a_key_goes_by_itself(windows: list[SharedWindow]) -> None:
    await grants(windows[0], "gone", 1)
    assert windows[0].wire is not None
    left = await windows[0].wire.ask(command(b"PTTL", b"one:gone"))
    assert 0 < left <= 3 * 60_000


async def test_a_redis_that_hangs_is_silent_and_is_asked_again_later(valkey: Valkey) -> None:
    window = SharedWindow(parse(valkey.url), "hangs:")
    await window.take("any", 10, 1.0)
    valkey.pause()
    try:
        asked = asyncio.create_task(window.take("any", 10, 1.0))
        with pytest.raises(Unavailable):
            await asked
        assert not window.answers
        assert not window.may_ask_again()
    finally:
        valkey.resume()
        await window.close()
