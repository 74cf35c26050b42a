"""Redis dies, hangs and comes back: nothing here stops, and everybody is told to read again."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from speaktracker.exceptions import Unavailable
from speaktracker.layers import ClassroomLayer
from speaktracker.layers.redis import kept_link, publisher
from tests.cluster.waiting import eventually
from tests.layers.listening import (
    DEADLINE,
    attached,
    hears,
    is_noticed,
    member,
    sends_again,
    until,
)
from tests.valkey import Valkey


@pytest.fixture
async def pair(own_valkey: Valkey) -> AsyncIterator[tuple[ClassroomLayer, ClassroomLayer]]:
    """Two "processes" on a Valkey of their own."""
    layers = ClassroomLayer(own_valkey.url), ClassroomLayer(own_valkey.url)
    yield layers
    for layer in layers:
        await layer.close()


Pair = tuple[ClassroomLayer, ClassroomLayer]


async def test_after_a_restart_everyone_is_told_and_hears_again(
    own_valkey: Valkey, pair: Pair
) -> None:
    one, other = pair
    async with attached(one, "class") as here, attached(other, "class") as there:
        own_valkey.kill()
        await is_noticed(one)
        own_valkey.start()
        await until(here, "layer.gap")
        await until(there, "layer.gap")
        await sends_again(one, "greeting")
        await until(there, "greeting")
        assert (one.gaps, other.gaps) == (1, 1)


async def test_a_gap_is_queued_for_a_consumer_without_a_sink(
    own_valkey: Valkey, pair: Pair
) -> None:
    channel = await member(pair[0])
    own_valkey.kill()
    own_valkey.start()
    assert await hears(pair[0], channel) == {"type": "layer.gap"}


async def test_a_member_here_has_the_event_though_redis_is_away(
    own_valkey: Valkey, pair: Pair
) -> None:
    async with attached(pair[0], "class") as heard:
        own_valkey.kill()
        await is_noticed(pair[0])
        with pytest.raises(Unavailable):
            await pair[0].group_send("class", {"type": "greeting"})
        await until(heard, "greeting")


async def test_channels_can_open_while_redis_is_away_and_are_told_when_it_is_back(
    own_valkey: Valkey, pair: Pair
) -> None:
    own_valkey.kill()
    async with attached(pair[0], "class") as heard:
        assert not pair[0].healthy
        own_valkey.start()
        await until(heard, "layer.gap")
        await pair[0].group_send("class", {"type": "answer to the gap"})
        assert pair[0].healthy
        await sends_again(pair[1], "greeting")
        await until(heard, "greeting")


async def test_a_first_connection_is_no_gap(pair: Pair) -> None:
    async with attached(pair[0], "class"):
        await pair[0].group_send("class", {"type": "greeting"})
        assert pair[0].gaps == 0


async def test_a_hung_redis_is_noticed_and_its_return_too(own_valkey: Valkey, pair: Pair) -> None:
    one, other = pair
    async with attached(other, "class") as heard:
        await sends_again(one, "before")
        own_valkey.pause()
        with pytest.raises(Unavailable):
            await one.group_send("class", {"type": "lost"})
        async with asyncio.timeout(DEADLINE):
            await other._buses.here()._shards.of(b"").subscriber.wire.lost  # type: ignore[union-attr]
        own_valkey.resume()
        await until(heard, "layer.gap")
        await sends_again(one, "greeting")
        await until(heard, "greeting")


async def test_publishers_wait_for_a_hung_redis_together_not_one_after_another(
    own_valkey: Valkey, pair: Pair
) -> None:
    await sends_again(pair[0], "before")
    own_valkey.pause()
    began = time.monotonic()
    sends = (pair[0].group_send("class", {"type": "lost"}) for _ in range(50))
    outcomes = await asyncio.gather(*sends, return_exceptions=True)
    assert all(isinstance(outcome, Unavailable) for outcome in outcomes)
    assert time.monotonic() - began < 10  # one after another: 75 s
    own_valkey.resume()


async def test_the_backlog_of_a_hung_redis_has_a_bound(
    own_valkey: Valkey, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "LONGEST_BACKLOG", 10)
    await sends_again(pair[0], "before")
    own_valkey.pause()
    sends = (pair[0].group_send("class", {"type": "lost"}) for _ in range(30))
    outcomes = await asyncio.gather(*sends, return_exceptions=True)
    refused = [outcome for outcome in outcomes if "Too many" in str(outcome)]
    assert len(refused) == 20
    own_valkey.resume()


async def test_a_command_is_told_that_redis_is_away(own_valkey: Valkey) -> None:
    own_valkey.kill()
    command = ClassroomLayer(own_valkey.url)
    with pytest.raises(Unavailable, match="Redis"):
        await asyncio.to_thread(asyncio.run, command.group_send("class", {"type": "greeting"}))


async def test_a_cancelled_publisher_harms_no_other(pair: Pair) -> None:
    async with attached(pair[1], "class") as heard:
        sends = [
            asyncio.ensure_future(pair[0].group_send("class", {"type": kind}))
            for kind in ("one", "two")
        ]
        await asyncio.sleep(0)
        sends[0].cancel()
        await sends[1]
        await until(heard, "two")


async def test_an_outage_that_lasts_is_told_again(
    own_valkey: Valkey,
    pair: Pair,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with attached(pair[0], "class") as heard:
        monkeypatch.setattr(kept_link, "REMIND_SECONDS", 0.2)
        own_valkey.kill()
        again = "Redis still cannot be used after"
        await eventually(lambda: caplog.text, lambda text: again in text, DEADLINE)
        own_valkey.start()
        await until(heard, "layer.gap")
    assert caplog.text.count("events reach this process only") == 1
