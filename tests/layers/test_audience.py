"""What nobody elsewhere hears is not published, and whoever begins to listen misses nothing."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from speaktracker.layers import ClassroomLayer
from speaktracker.layers.redis import audience
from tests.layers.listening import DEADLINE, hears, member
from tests.valkey import Valkey, running_valkey

EVENT = {"type": "status"}


@pytest.fixture
def server() -> Iterator[Valkey]:
    """A Valkey whose commands nobody else counts."""
    with running_valkey() as one:
        yield one


@pytest.fixture(autouse=True)
def asked_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have Redis asked twenty times as often, and what it said stand though a machine is busy."""
    monkeypatch.setattr(audience, "ASK_SECONDS", 0.05)
    monkeypatch.setattr(audience, "TRUSTED_SECONDS", DEADLINE)


@pytest.fixture
def here(server: Valkey) -> ClassroomLayer:
    """A process that is told who listens elsewhere."""
    layer = ClassroomLayer(server.url)
    layer.is_told_who_listens = True
    return layer


async def until(layer: ClassroomLayer, *, elsewhere: bool) -> None:
    """Wait until a process that publishes knows whether others may listen to the class."""
    assert layer._buses is not None
    layer.group_send_nowait("class", EVENT)
    async with asyncio.timeout(DEADLINE):
        while layer._buses.here().is_elsewhere("class") is not elsewhere:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def published(server: Valkey) -> int:
    """Count what the server was ever given to publish."""
    with redis.Redis(port=server.port) as client:
        return int(client.info("commandstats").get("cmdstat_publish", {}).get("calls", 0))


async def test_what_only_this_process_hears_stays_here(
    server: Valkey, here: ClassroomLayer
) -> None:
    own = await member(here, "class")
    await until(here, elsewhere=False)
    before = published(server)
    for _ in range(3):
        here.group_send_where_heard("class", EVENT)
        assert await hears(here, own) == EVENT
    assert published(server) == before
    await here.flush()


async def test_who_is_said_to_listen_hears_at_once(server: Valkey, here: ClassroomLayer) -> None:
    there = ClassroomLayer(server.url)
    await until(here, elsewhere=False)
    other = await member(there, "class")
    here.heard_elsewhere("class")
    here.group_send_where_heard("class", EVENT)
    assert await hears(there, other) == EVENT
    await there.group_discard("class", other)
    await until(here, elsewhere=False)
    for layer in (here, there):
        await layer.flush()


async def test_who_listens_without_a_word_is_found(server: Valkey, here: ClassroomLayer) -> None:
    there = ClassroomLayer(server.url)
    await until(here, elsewhere=False)
    other = await member(there, "class")
    await until(here, elsewhere=True)
    here.group_send_where_heard("class", EVENT)
    assert await hears(there, other) == EVENT
    for layer in (here, there):
        await layer.flush()


async def test_after_a_gap_everything_is_published(server: Valkey, here: ClassroomLayer) -> None:
    await until(here, elsewhere=False)
    assert here._buses is not None
    bus = here._buses.here()
    bus._shards.of(b"").audience.forget_all()
    for _ in range(5):
        assert bus.is_elsewhere("class")
        await asyncio.sleep(audience.ASK_SECONDS)
    await here.flush()


async def test_who_is_not_told_publishes_everything(server: Valkey) -> None:
    deaf, there = ClassroomLayer(server.url), ClassroomLayer(server.url)
    await until(deaf, elsewhere=False)
    other = await member(there, "class")
    deaf.group_send_where_heard("class", EVENT)
    assert await hears(there, other) == EVENT
    for layer in (deaf, there):
        await layer.flush()


async def test_where_redis_may_not_be_asked_everything_is_published(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    orders = tmp_path / "guarded.conf"
    orders.write_text("user default on nopass ~* &* +@all -pubsub\n")
    with running_valkey(str(orders)) as guarded:
        here, there = ClassroomLayer(guarded.url), ClassroomLayer(guarded.url)
        here.is_told_who_listens = True
        other = await member(there, "class")
        async with asyncio.timeout(DEADLINE):
            while "may not be asked who listens" not in caplog.text:
                here.group_send_where_heard("class", EVENT)
                assert await hears(there, other) == EVENT
        for _ in range(3):
            here.group_send_where_heard("class", EVENT)
            assert await hears(there, other) == EVENT
        assert caplog.text.count("may not be asked who listens") == 1
        for layer in (here, there):
            await layer.flush()
