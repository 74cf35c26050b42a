"""The layer behind Sentinel: it finds the master, and the next one after a failover."""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis.asyncio
from django.core.cache import caches
from django.test import override_settings

from speaktracker.exceptions import Unavailable
from speaktracker.layers import ClassroomLayer
from speaktracker.layers.redis import kept_link
from speaktracker.layers.redis.django_config import django_cache
from tests.layers.listening import DEADLINE, attached, is_noticed, sends_again, until
from tests.valkey import Valkey, running_valkey


@dataclass
class Watched:
    """A master, its replica, and the address of the sentinel that watches them."""

    master: Valkey
    replica: Valkey
    url: str


def wait_for(port: int, fact: Callable[["redis.Redis"], object]) -> None:
    """Ask the server on `port` until `fact` is true of it."""
    give_up = time.monotonic() + DEADLINE
    with redis.Redis(port=port) as client:
        while not fact(client):
            assert time.monotonic() < give_up
            time.sleep(0.02)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    with ExitStack() as stack:
        master = stack.enter_context(running_valkey("--repl-diskless-sync-delay", "0"))
        follow = ("--replicaof", f"127.0.0.1 {master.port}")
        replica = stack.enter_context(running_valkey(*follow))
        wait_for(replica.port, lambda client: client.role()[3] == b"connected")
        orders = tmp_path / "sentinel.conf"
        orders.write_text(
            f"sentinel monitor class 127.0.0.1 {master.port} 1\n"
            "sentinel down-after-milliseconds class 2000\n"
            "sentinel failover-timeout class 2000\n"
        )
        sentinel = stack.enter_context(running_valkey(str(orders), "--sentinel"))
        wait_for(sentinel.port, lambda client: client.sentinel_slaves("class"))
        nobody = 1  # a first host that is away must not matter
        hosts = f"127.0.0.1:{nobody},127.0.0.1:{sentinel.port}"
        yield Watched(master, replica, f"redis+sentinel://{hosts}/class")


@pytest.fixture
async def pair(watched: Watched) -> AsyncIterator[tuple[ClassroomLayer, ClassroomLayer]]:
    layers = ClassroomLayer(watched.url), ClassroomLayer(watched.url)
    yield layers
    for layer in layers:
        await layer.close()


Pair = tuple[ClassroomLayer, ClassroomLayer]


async def test_a_failover_is_a_gap_and_then_all_is_well(watched: Watched, pair: Pair) -> None:
    async with attached(pair[1], "class") as heard:
        await pair[0].group_send("class", {"type": "before"})
        await until(heard, "before")
        watched.master.kill()
        await until(heard, "layer.gap")
        await sends_again(pair[0], "after")
        await until(heard, "after")


async def test_a_demoted_master_is_left(
    watched: Watched, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_link, "KEEP_ALIVE", 0.05)
    async with attached(pair[0], "class") as heard:
        async with redis.asyncio.Redis(port=watched.master.port) as client:
            await client.replicaof("127.0.0.1", watched.replica.port)
            await is_noticed(pair[0])
            await client.replicaof("NO", "ONE")
        await until(heard, "layer.gap")


async def test_a_master_that_no_sentinel_knows_is_unavailable(watched: Watched) -> None:
    layer = ClassroomLayer(watched.url.replace("/class", "/another"))
    with pytest.raises(Unavailable):
        await layer.group_send("class", {"type": "greeting"})
    await layer.close()


def test_the_cache_finds_the_master_too(watched: Watched) -> None:
    with override_settings(CACHES={"default": django_cache(watched.url, "school")}):
        caches["default"].set("word", "말", 10)
        assert caches["default"].get("word") == "말"
        caches["default"].close()
