"""What docs/operations.md grants in Redis is all that is needed, and nothing else is asked for."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from django.core.cache import caches
from django.test import override_settings

from speaktracker.layers import ClassroomLayer
from speaktracker.layers.installation import key_prefix
from speaktracker.layers.redis import kept_link
from speaktracker.layers.redis.address import parse
from speaktracker.layers.redis.django_config import channels_redis_host, django_cache
from speaktracker.layers.redis.shared_window import SharedWindow
from speaktracker.layers.redis.stock_layer import StockLayer
from tests.layers.listening import DEADLINE, Layer, hears, member
from tests.valkey import Valkey, running_valkey

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
(RULES,) = re.findall(r"^ACL SETUSER (speaktracker [^`]+)", PAGE, re.MULTILINE)
ADMIN = "user admin on >admin ~* &* +@all"


@pytest.fixture
def guarded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Valkey]:
    """A Redis that lets in whom the page describes, without the test's parameter."""
    rules = " ".join(RULES.split()).replace(getattr(request, "param", "nothing"), "")
    orders = tmp_path / "guarded.conf"
    orders.write_text(f"{ADMIN}\nuser default off\nuser {rules}\n")
    with running_valkey(str(orders)) as server:
        yield server


def address(server: Valkey) -> str:
    return f"redis://speaktracker:PASSWORD@127.0.0.1:{server.port}/4"


def refused(server: Valkey) -> list[str]:
    """List what the server has refused."""
    with redis.Redis(port=server.port, username="admin", password="admin") as client:
        return [entry["object"] for entry in client.acl_log()]


async def speaks(layer: Layer) -> None:
    """Send to a group and to a channel, come and go."""
    channel = await member(layer, "class")
    await layer.group_send("class", {"type": "greeting"})
    assert await hears(layer, channel) == {"type": "greeting"}
    await layer.group_discard("class", channel)
    await layer.send(channel, {"type": "marker"})
    assert await hears(layer, channel) == {"type": "marker"}
    layer.forget(channel)


async def is_asked(server: Valkey, layer: ClassroomLayer) -> None:
    """Wait until the layer has asked some more whether its links are well, and kept them."""
    assert layer._buses is not None
    bus, asked = layer._buses.here(), pings(server)
    wires = bus._shards.of(b"").publisher.wire, bus._shards.of(b"").subscriber.wire
    async with asyncio.timeout(DEADLINE):
        while pings(server) < asked + 5:  # noqa: ASYNC110 - a server tells nobody
            await asyncio.sleep(0.02)
    assert (bus._shards.of(b"").publisher.wire, bus._shards.of(b"").subscriber.wire) == wires


def pings(server: Valkey) -> int:
    """Count the PINGs that the server was ever sent."""
    with redis.Redis(port=server.port, username="admin", password="admin") as client:
        return int(client.info("commandstats").get("cmdstat_ping", {}).get("calls", 0))


async def test_the_page_grants_what_the_layers_need(
    guarded: Valkey, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(kept_link, "KEEP_ALIVE", 0.05)
    ours = ClassroomLayer(address(guarded))
    stock = StockLayer(hosts=[channels_redis_host(address(guarded))])
    for layer in (ours, stock):
        await speaks(layer)
    await is_asked(guarded, ours)
    for layer in (ours, stock):
        await layer.flush()
    assert not refused(guarded)
    assert not caplog.text


def test_the_page_grants_what_the_cache_needs(guarded: Valkey) -> None:
    cache = django_cache(address(guarded), key_prefix().rstrip(":"))
    with override_settings(CACHES={"default": cache}):
        store = caches["default"]
        store.set_many({"number": 1, "word": "one"})
        assert store.add("other", 5)
        assert store.incr("number") == 2
        assert store.touch("number", 60)
        assert store.touch("number", None)
        assert store.get_many(["number", "word"]) == {"number": 2, "word": "one"}
        store.delete_many(["number", "word", "other"])
    assert not refused(guarded)


async def test_the_page_grants_what_shared_limits_need(guarded: Valkey) -> None:
    window = SharedWindow(parse(address(guarded)), key_prefix().rstrip(":"))
    assert (await window.take("messages.1", most=10, seconds=1)).amount
    assert (await window.take("messages.1", most=10, seconds=1)).amount
    await window.close()
    assert not refused(guarded)


def test_the_page_grants_no_other_installation(guarded: Valkey) -> None:
    with redis.from_url(address(guarded)) as client:
        for command in ("GET speaktracker-dev2:x", "PUBLISH speaktracker-dev.2:x y", "KEYS *"):
            with pytest.raises(redis.exceptions.NoPermissionError):
                client.execute_command(*command.split())


@pytest.mark.parametrize("guarded", ["+role"], indirect=True)
async def test_without_the_right_to_ask_for_the_role_it_goes_on_and_says_so_once(
    guarded: Valkey, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(kept_link, "KEEP_ALIVE", 0.05)
    layers = [ClassroomLayer(address(guarded)) for _ in range(2)]
    for layer in layers:
        await speaks(layer)
        await is_asked(guarded, layer)
        assert layer.healthy
        await layer.flush()
    assert caplog.text.count("ROLE") == 1
