"""channels-redis as the product uses it: its errors are ours, its channels can be ended."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import redis.asyncio

from speaktracker.exceptions import Unavailable
from speaktracker.layers.redis import stock_layer
from speaktracker.layers.redis.django_config import channels_redis_host
from speaktracker.layers.redis.stock_layer import StockLayer
from tests.layers.listening import DEADLINE, an_installation, hears, member
from tests.layers.test_sentinel import Watched, watched
from tests.valkey import Valkey, running_valkey

__all__ = ["watched"]
ROOT = Path(__file__).resolve().parents[2]


def stock(url: str) -> StockLayer:
    """Make the layer of one process."""
    return StockLayer(hosts=[channels_redis_host(url)], installations=[an_installation()])


@pytest.fixture
async def layer(own_valkey: Valkey) -> AsyncIterator[StockLayer]:
    """A layer on a Valkey that the test may kill."""
    made = stock(own_valkey.url)
    yield made
    await made.flush()


async def test_what_redis_does_not_take_is_unavailable(
    own_valkey: Valkey, layer: StockLayer, caplog: pytest.LogCaptureFixture
) -> None:
    await layer.group_send("class", {"type": "greeting"})
    own_valkey.kill()
    for _ in range(3):
        with pytest.raises(Unavailable):
            await layer.group_send("class", {"type": "greeting"})
    assert not layer.healthy
    assert caplog.text.count("Redis cannot be used") == 1


async def test_a_refusal_is_quoted() -> None:
    with running_valkey("--requirepass", "secret") as server:
        layer = stock(f"redis://:wrong@127.0.0.1:{server.port}")
        with pytest.raises(Unavailable, match=r"(?i)password"):
            await layer.group_send("class", {"type": "greeting"})
        await layer.flush()


async def test_senders_wait_for_a_hung_redis_together_not_one_after_another(
    own_valkey: Valkey, layer: StockLayer
) -> None:
    await layer.group_send("class", {"type": "greeting"})
    own_valkey.pause()
    began = time.monotonic()
    sends = (layer.group_send("class", {"type": "lost"}) for _ in range(50))
    outcomes = await asyncio.gather(*sends, return_exceptions=True)
    assert all(isinstance(outcome, Unavailable) for outcome in outcomes)
    assert time.monotonic() - began < 10
    own_valkey.resume()


async def test_members_hear_again_once_redis_is_back(
    own_valkey: Valkey, layer: StockLayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stock_layer, "PAUSE_SECONDS", 0)
    channel = await member(layer, "class")
    own_valkey.kill()
    with pytest.raises(Unavailable):
        await layer.group_send("class", {"type": "greeting"})
    own_valkey.start()
    heard = asyncio.ensure_future(hears(layer, channel))
    async with asyncio.timeout(DEADLINE):
        while not heard.done():
            await layer.group_send("class", {"type": "greeting"})
            await asyncio.wait([heard], timeout=0.1)
    assert heard.result() == {"type": "greeting"}
    assert layer.healthy


async def test_an_idle_connection_that_was_dropped_loses_nothing(
    own_valkey: Valkey, layer: StockLayer
) -> None:
    channel = await member(layer)
    await layer.group_send("nobody", {"type": "noise"})
    async with redis.asyncio.from_url(own_valkey.url) as client:
        await client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    await layer.send(channel, {"type": "greeting"})
    assert await hears(layer, channel) == {"type": "greeting"}


async def test_a_forgotten_channel_leaves_no_subscription(
    own_valkey: Valkey, layer: StockLayer
) -> None:
    channel = await member(layer, "class", "other")
    layer.forget(channel)
    layer.forget(channel)
    async with asyncio.timeout(DEADLINE), redis.asyncio.from_url(own_valkey.url) as client:
        while True:
            if not await client.pubsub_channels():
                break
            await asyncio.sleep(0.02)
    assert not layer.groups
    assert not layer.channels


async def test_a_channel_that_ends_while_redis_is_away_leaves_nothing_here(
    own_valkey: Valkey, layer: StockLayer
) -> None:
    channel = await member(layer, "class", "other")
    own_valkey.kill()
    with pytest.raises(Unavailable):
        await layer.group_send("class", {"type": "greeting"})
    layer.forget(channel)
    await asyncio.wait(layer._ending, timeout=DEADLINE)
    assert not layer.groups
    assert not layer.channels


async def test_it_finds_the_master_through_sentinel(watched: Watched) -> None:
    layer = stock(watched.url)
    channel = await member(layer, "class")
    await layer.group_send("class", {"type": "greeting"})
    assert await hears(layer, channel) == {"type": "greeting"}
    await layer.flush()


def start_with(**environment: str) -> subprocess.CompletedProcess[str]:
    """Read the settings in a process of their own; it prints the layer they name."""
    script = (
        "import os\n"
        "from django.core.exceptions import ImproperlyConfigured\n"
        "try:\n"
        "    from speaktracker import settings\n"
        "    print(settings.CHANNEL_LAYERS['default']['BACKEND'])\n"
        "except ImproperlyConfigured as error:\n"
        "    print(error)\n"
    )
    clean = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=clean | environment,
        capture_output=True,
        text=True,
        check=True,
    )


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "speaktracker.layers.ClassroomLayer\n"),
        ({"REDIS_URL": "redis://h"}, "speaktracker.layers.ClassroomLayer\n"),
        (
            {"REDIS_URL": "redis://h", "CHANNEL_LAYER": "channels_redis"},
            "speaktracker.layers.redis.stock_layer.StockLayer\n",
        ),
        (
            {"CHANNEL_LAYER": "channels_redis"},
            "CHANNEL_LAYER=channels_redis needs REDIS_URL, a Redis to publish in.\n",
        ),
        (
            {"CHANNEL_LAYER": "rabbits"},
            "CHANNEL_LAYER must be one of speaktracker, channels_redis, not 'rabbits'.\n",
        ),
    ],
)
def test_the_setting_chooses_the_layer_or_stops_the_start(
    environment: dict[str, str], said: str
) -> None:
    assert start_with(**environment).stdout == said
