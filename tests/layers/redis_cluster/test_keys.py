"""The cache and the shared limits, whose keys are wherever their slots are."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from django.core.cache import caches
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from speaktracker.layers.redis.address import parse
from speaktracker.layers.redis.django_config import channel_layer, django_cache
from speaktracker.layers.redis.shared_window import SharedWindow
from tests.layers.redis_cluster.topics import elsewhere
from tests.redis_cluster import RedisCluster


@pytest.fixture
def cache(nodes: RedisCluster) -> Iterator[Any]:
    """The cache of one installation, empty."""
    with override_settings(CACHES={"default": django_cache(nodes.url, "school:1")}):
        yield caches["default"]
        caches["default"].clear()


@pytest.fixture
async def windows(nodes: RedisCluster) -> AsyncIterator[list[SharedWindow]]:
    """Those of two processes, and of two that belong to other installations."""
    made = [SharedWindow(parse(nodes.url), prefix) for prefix in ("a:1:", "a:1:", "a:2:", "a:3:")]
    yield made
    for window in made:
        await window.close()


def test_keys_of_all_slots_are_kept_counted_and_cleared(nodes: RedisCluster, cache: Any) -> None:
    words = {f"word{number}": {"말": number} for number in range(20)}
    cache.set_many(words, 60)
    assert cache.get_many([*words, "absent"]) == words
    assert all(nodes.ask(node, "KEYS", "school:1:*") for node in nodes.masters)
    for key in ("one", "two", "three"):
        assert (cache.add(key, 1), cache.add(key, 5)) == (True, False)
        assert cache.incr(key) == 2
        assert cache.touch(key, 60)
    cache.delete_many(["one", "two"])
    assert cache.get_many(["one", "two", "three"]) == {"three": 2}
    cache.probe()
    with override_settings(CACHES={"default": django_cache(nodes.url, "school:2")}):
        assert caches["default"].get("three") is None
        caches["default"].set("three", "theirs")
        cache.clear()
        assert caches["default"].get("three") == "theirs"
        caches["default"].clear()
    assert not any(nodes.ask(node, "KEYS", "school:*") for node in nodes.masters)


async def test_processes_share_what_may_pass_and_installations_do_not(
    windows: list[SharedWindow],
) -> None:
    first, second, other, _ = windows
    for name in ("kim", "lee", "choi"):
        grants = [(await window.take(name, 10, 1.0)).amount for window in (first, second, other)]
        assert grants == [3, 3, 3]
        assert (await second.take(name, 10, 1.0)).amount == 3
        assert (await first.take(name, 10, 1.0)).amount == 1


async def test_windows_follow_their_slot(nodes: RedisCluster, windows: list[SharedWindow]) -> None:
    window = windows[3]
    assert (await window.take("park", 10, 60.0)).amount == 3
    key = b"a:3:{a:3:}park"
    assert nodes.ask(nodes.owner(key), "DEL", key) == 1
    wire = window.wire
    assert wire is not None
    nodes.move(key, elsewhere(nodes, key))
    with pytest.raises(Exception, match="MOVED"):
        await window.take("park", 10, 60.0)
    await asyncio.wait_for(wire.lost, 5)
    assert (await window.take("park", 10, 60.0)).amount == 3
    nodes.ask(nodes.owner(key), "DEL", key)


def test_what_knows_no_cluster_is_refused(nodes: RedisCluster) -> None:
    with pytest.raises(ImproperlyConfigured, match="knows no Redis Cluster"):
        channel_layer("channels_redis", nodes.url)
    with pytest.raises(ValueError, match="no numbered databases"):
        parse(f"{nodes.url}/1")


def test_a_plain_address_of_a_cluster_is_said(nodes: RedisCluster) -> None:
    url = f"redis://127.0.0.1:{nodes.masters[0].port}"
    keys = [f"word{number}" for number in range(100)]
    mine, theirs = (
        next(k for k in keys if nodes.owner(f"school:1:1:{k}".encode()) is nodes.masters[at])
        for at in (0, 1)
    )
    with override_settings(CACHES={"default": django_cache(url, "school:1")}):
        caches["default"].set(mine, 1)
        with pytest.raises(ConnectionError, match=r"begin with redis\+cluster://"):
            caches["default"].set(theirs, 1)
        caches["default"].delete(mine)
