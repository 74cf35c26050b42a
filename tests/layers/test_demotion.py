"""One address leads to the master, and to another one after a failover: nobody stays behind."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, suppress

import pytest
import redis
import redis.asyncio
from django.core.cache import caches
from django.test import override_settings

from speaktracker.exceptions import Unavailable
from speaktracker.layers import ClassroomLayer
from speaktracker.layers.redis import kept_link, stock_layer
from speaktracker.layers.redis.django_config import channels_redis_host, django_cache
from speaktracker.layers.redis.stock_layer import StockLayer
from tests.cluster.cut import Cable
from tests.layers.listening import DEADLINE, attached, member, sends_again, until
from tests.valkey import Valkey, running_valkey


class Managed:
    """Two Redis behind one address, which leads to whichever the provider has made the master."""

    def __init__(self, first: Valkey, second: Valkey, cable: Cable) -> None:
        self.first, self.second, self.cable = first, second, cable
        self.url = f"redis://127.0.0.1:{cable.port}"

    async def demote(self) -> None:
        """Make the first a replica of the second, for real; the address still leads to it."""
        async with redis.asyncio.Redis(port=self.first.port) as client:
            await client.replicaof("127.0.0.1", str(self.second.port))
            async with asyncio.timeout(DEADLINE):
                while (await client.role())[3] != b"connected":  # noqa: ASYNC110
                    await asyncio.sleep(0.02)

    def follow(self) -> None:
        """Lead new connections to the second."""
        self.cable.lead_to(self.second.port)


@pytest.fixture
def two() -> Iterator[tuple[Valkey, Valkey]]:
    with ExitStack() as stack:
        quick = ("--repl-diskless-sync-delay", "0")
        first, second = (stack.enter_context(running_valkey(*quick)) for _ in range(2))
        yield first, second


@pytest.fixture
async def managed(
    two: tuple[Valkey, Valkey], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Managed]:
    monkeypatch.setattr(kept_link, "KEEP_ALIVE", 0.1)
    cable = Cable(two[0].port)
    await cable.start()
    yield Managed(*two, cable)
    await cable.close()


@pytest.fixture
async def pair(managed: Managed) -> AsyncIterator[tuple[ClassroomLayer, ClassroomLayer]]:
    """Two processes that reach Redis by that address."""
    layers = ClassroomLayer(managed.url), ClassroomLayer(managed.url)
    yield layers
    for layer in layers:
        await layer.close()


async def until_it(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE):
        while not is_so():  # noqa: ASYNC110 - the layer tells nobody of its health
            await asyncio.sleep(0.02)


async def test_a_demoted_master_is_left_and_the_gap_is_told(
    managed: Managed, pair: tuple[ClassroomLayer, ClassroomLayer]
) -> None:
    one, other = pair
    async with attached(other, "class") as heard:
        await one.group_send("class", {"type": "before"})
        await until(heard, "before")
        managed.follow()
        await managed.demote()
        await until(heard, "layer.gap")
        await sends_again(one, "after")
        await until(heard, "after")
    assert one.healthy
    assert other.healthy
    async with redis.asyncio.Redis(port=managed.first.port) as client:
        await until_it_is_left(client)


async def until_it_is_left(client: "redis.asyncio.Redis") -> None:
    """Wait until nobody subscribes there but the replication."""
    async with asyncio.timeout(DEADLINE):
        while await client.pubsub_channels():  # noqa: ASYNC110 - Redis tells nobody
            await asyncio.sleep(0.02)


async def test_while_the_address_leads_to_a_replica_the_layer_is_not_healthy(
    managed: Managed,
    pair: tuple[ClassroomLayer, ClassroomLayer],
    caplog: pytest.LogCaptureFixture,
) -> None:
    one, _ = pair
    await member(one, "class")
    await one.group_send("class", {"type": "before"})
    await managed.demote()
    await until_it(lambda: not one.healthy)
    with pytest.raises(Unavailable, match="replica"):
        await one.group_send("class", {"type": "lost"})
    assert caplog.text.count("replica") == 1
    managed.follow()
    await until_it(lambda: one.healthy)


async def test_who_listens_elsewhere_than_it_speaks_comes_over(
    managed: Managed, pair: tuple[ClassroomLayer, ClassroomLayer]
) -> None:
    one, other = pair
    async with attached(other, "class") as heard:
        await one.group_send("class", {"type": "before"})
        await until(heard, "before")
        managed.follow()  # and only those who publish have lost their connection
        for server in (managed.first, managed.second):
            async with redis.asyncio.Redis(port=server.port) as client:
                await client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        await until(heard, "layer.gap")
        await sends_again(one, "after")
        await until(heard, "after")


async def test_channels_redis_leaves_a_demoted_master_too(
    managed: Managed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stock_layer, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(stock_layer, "KEEP_ALIVE", 0)
    one, other = (StockLayer(hosts=[channels_redis_host(managed.url)]) for _ in range(2))
    there = await member(other, "class")
    await one.group_send("class", {"type": "before"})
    await managed.demote()
    for layer in (one, other):
        with pytest.raises(Unavailable, match="replica"):
            await layer.group_send("class", {"type": "lost"})
    assert not one.healthy
    managed.follow()
    heard = asyncio.create_task(until_type(other, there, "after"))
    async with asyncio.timeout(DEADLINE):
        while not heard.done():
            for layer in (one, other):
                with suppress(Unavailable):
                    await layer.group_send("class", {"type": "after"})
            await asyncio.wait([heard], timeout=0.1)
    assert one.healthy
    for layer in (one, other):
        await layer.flush()


async def until_type(layer: StockLayer, channel: str, kind: str) -> None:
    """Receive until an event of `kind` comes."""
    while (await layer.receive(channel))["type"] != kind:
        pass


@pytest.mark.parametrize("way", ["add", "set", "incr", "delete", "touch", "set_many"])
async def test_the_cache_leaves_a_demoted_master_at_the_first_refusal(
    managed: Managed, way: str
) -> None:
    with override_settings(CACHES={"default": django_cache(managed.url, "school")}):
        cache = caches["default"]
        await asyncio.to_thread(cache.set, "number", 1)
        managed.follow()
        await managed.demote()
        async with redis.asyncio.Redis(port=managed.second.port) as client:
            await client.set("school:1:number", 5)
        arguments = {"add": ("other", 1), "set": ("number", 1), "set_many": ({"number": 6},)}
        await asyncio.to_thread(getattr(cache, way), *arguments.get(way, ("number",)))
        assert await asyncio.to_thread(cache.add, "after", 1)
        async with redis.asyncio.Redis(port=managed.second.port) as client:
            assert await client.get("school:1:after") == b"1"


async def test_the_cache_says_so_while_there_is_no_master(managed: Managed) -> None:
    with override_settings(CACHES={"default": django_cache(managed.url, "school")}):
        cache = caches["default"]
        await asyncio.to_thread(cache.set, "number", 1)
        await managed.demote()
        with pytest.raises(redis.ReadOnlyError):
            await asyncio.to_thread(cache.set, "number", 2)
        managed.follow()
        await asyncio.to_thread(cache.set, "number", 3)
