"""Whoever may publish on this Redis can forge nothing: what is not ours is counted and dropped."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
import redis.asyncio
from prometheus_client import REGISTRY

from speaktracker.layers import ClassroomLayer, envelopes
from speaktracker.layers.installation import Installation
from speaktracker.layers.packed_events import encode
from speaktracker.layers.redis.django_config import channels_redis_host
from speaktracker.layers.redis.stock_layer import StockLayer
from tests.layers.listening import DEADLINE, Layer, an_installation, hears, member
from tests.valkey import Valkey

Make = Callable[..., Layer]
NEW, OLD = Installation("new", b"n" * 16), Installation("old", b"o" * 16)


def dropped() -> float:
    return REGISTRY.get_sample_value("speaktracker_foreign_events_total") or 0


@pytest.fixture(params=["ours", "channels-redis"])
async def make(valkey: Valkey, request: pytest.FixtureRequest) -> AsyncIterator[Make]:
    """Each call makes the layer of a process of the installations given."""
    made: list[Layer] = []

    def one(*installations: Installation) -> Layer:
        stock = StockLayer(hosts=[channels_redis_host(valkey.url)], installations=installations)
        ours = ClassroomLayer(valkey.url, installations)
        made.append(ours if request.param == "ours" else stock)
        return made[-1]

    yield one
    for layer in made:
        await layer.flush()


@pytest.fixture
async def client(valkey: Valkey) -> "AsyncIterator[redis.asyncio.Redis]":
    """Somebody else who may do everything on that Redis."""
    async with redis.asyncio.from_url(valkey.url) as connected:
        yield connected


async def overheard(client: "redis.asyncio.Redis", layer: Layer) -> tuple[bytes, bytes]:
    """Listen in to what `layer` publishes to its class: topic and envelope."""
    async with client.pubsub() as witness, asyncio.timeout(DEADLINE):
        await witness.psubscribe("*class")
        await layer.group_send("class", {"type": "overheard"})
        async for message in witness.listen():
            if message["type"] == "pmessage":
                return message["channel"], message["data"]
    raise AssertionError("nothing was published")


async def test_what_is_forged_is_dropped_counted_and_logged_once(
    make: Make, client: "redis.asyncio.Redis", caplog: pytest.LogCaptureFixture
) -> None:
    installation = an_installation()
    one, other = make(installation), make(installation)
    here, there = await member(one, "class"), await member(other, "class")
    topic, envelope = await overheard(client, other)
    before, event = dropped(), encode({"type": "forged"})
    forgeries = (b"", b"\0", event, envelope[:-1] + b"x", envelope[:32] + event, event + envelope)
    for forged in forgeries:
        await client.publish(topic, forged)
    await other.group_send("class", {"type": "marker"})
    for layer, channel in ((one, here), (other, there)):
        heard = [(await hears(layer, channel))["type"] for _ in range(2)]
        assert heard == ["overheard", "marker"]
    assert dropped() - before == 2 * len(forgeries)
    assert caplog.text.count(f"What comes on {topic.decode()} is not signed") == 2


async def test_an_envelope_is_good_for_its_own_topic_alone(
    make: Make, client: "redis.asyncio.Redis"
) -> None:
    installation = an_installation()
    one, other = make(installation), make(installation)
    channel = await member(one, "class", "user.5")
    topic, envelope = await overheard(client, other)
    await client.publish(topic.replace(b"class", b"user.5"), envelope)
    await other.group_send("user.5", {"type": "marker"})
    assert [(await hears(one, channel))["type"] for _ in range(2)] == ["overheard", "marker"]


async def test_another_line_is_logged_after_a_minute(
    make: Make,
    client: "redis.asyncio.Redis",
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(envelopes, "FOREIGN_LOG_SECONDS", 0)
    layer = make(an_installation())
    channel = await member(layer, "class")
    topic, _ = await overheard(client, layer)
    for _ in range(3):
        await client.publish(topic, b"forged")
    await layer.group_send("class", {"type": "marker"})
    assert [(await hears(layer, channel))["type"] for _ in range(2)] == ["overheard", "marker"]
    assert "3 so far" in caplog.text


@pytest.mark.parametrize(
    ("speaker", "listener"),
    [
        ((OLD,), (OLD, NEW)),
        ((OLD, NEW), (NEW, OLD)),
        ((NEW, OLD), (OLD, NEW)),
        ((NEW, OLD), (NEW,)),
    ],
    ids=["it is announced", "first with the new", "last with the old", "the old is forgotten"],
)
async def test_a_new_secret_deafens_nobody_when_it_comes_in_three_steps(
    make: Make, speaker: tuple[Installation, ...], listener: tuple[Installation, ...]
) -> None:
    one, other = make(*speaker), make(*listener)
    channel = await member(other, "class")
    await one.group_send("class", {"type": "greeting"})
    assert await hears(other, channel) == {"type": "greeting"}
    await other.send(channel, {"type": "marker"})
    assert await hears(other, channel) == {"type": "marker"}
