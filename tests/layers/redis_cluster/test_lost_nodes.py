"""A node dies, a replica takes its place; or nobody does."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from speaktracker.exceptions import Unavailable
from speaktracker.layers import ClassroomLayer
from speaktracker.layers.installation import Installation
from speaktracker.layers.redis import kept_link
from tests.held_ports import hold_port
from tests.layers.listening import DEADLINE, attached, until
from tests.layers.redis_cluster.topics import groups_of_all_nodes, topic_of
from tests.redis_cluster import RedisCluster, running_cluster
from tests.valkey import running_valkey

Process = Callable[[], ClassroomLayer]


@pytest.fixture
def mortal() -> Iterator[RedisCluster]:
    """Three masters, the first with a replica, which the test may kill."""
    with running_cluster(1) as cluster:
        yield cluster


@pytest.fixture
async def pair(
    mortal: RedisCluster, school: Installation
) -> AsyncIterator[tuple[ClassroomLayer, ClassroomLayer]]:
    """Two "processes" on it."""
    layers = ClassroomLayer(mortal.url, [school]), ClassroomLayer(mortal.url, [school])
    yield layers
    for layer in layers:
        await layer.close()


async def sends_to(layer: ClassroomLayer, group: str, kind: str) -> None:
    """Send to `group` until Redis takes it."""
    async with asyncio.timeout(DEADLINE):
        while True:
            try:
                return await layer.group_send(group, {"type": kind})
            except Unavailable:
                await asyncio.sleep(0.02)


async def until_it(is_so: Callable[[], bool]) -> None:
    """Wait until the layer, which tells nobody, is so."""
    async with asyncio.timeout(DEADLINE):
        while not is_so():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_a_replica_that_takes_over_is_a_gap_for_its_topics_alone(
    mortal: RedisCluster, school: Installation, pair: tuple[ClassroomLayer, ClassroomLayer]
) -> None:
    one, other = pair
    groups = groups_of_all_nodes(mortal, school)
    lost = groups.pop(mortal.masters[0].port)
    kept = next(iter(groups.values()))
    async with attached(other, lost) as at_lost, attached(other, kept) as at_kept:
        for group, heard in ((lost, at_lost), (kept, at_kept)):
            await one.group_send(group, {"type": "before"})
            await until(heard, "before")
        mortal.masters[0].kill()
        await until_it(lambda: not one.healthy)
        assert f"127.0.0.1:{mortal.masters[0].port}: " in one.trouble
        with pytest.raises(Unavailable):
            await one.group_send(lost, {"type": "lost"})
        await one.group_send(kept, {"type": "meanwhile"})
        await until(at_kept, "meanwhile")
        await until(at_lost, "layer.gap")
        await sends_to(one, lost, "after")
        await until(at_lost, "after")
        assert mortal.owner(topic_of(school, lost)) is mortal.replicas[0]
        await until_it(lambda: one.healthy and other.healthy)


async def test_a_master_that_gives_way_is_left_though_it_lives(
    mortal: RedisCluster,
    school: Installation,
    pair: tuple[ClassroomLayer, ClassroomLayer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kept_link, "KEEP_ALIVE", 0.1)
    one, other = pair
    group = groups_of_all_nodes(mortal, school)[mortal.masters[0].port]
    async with attached(other, group) as heard:
        await one.group_send(group, {"type": "before"})
        await until(heard, "before")
        mortal.ask(mortal.replicas[0], "CLUSTER", "FAILOVER")
        await until(heard, "layer.gap")
        await sends_to(one, group, "after")
        await until(heard, "after")
        await until_it(lambda: f"127.0.0.1:{mortal.masters[0].port}" not in one.nodes)
    assert one.healthy


async def test_slots_that_nobody_serves_are_said_and_come_back_with_a_gap(
    mortal: RedisCluster, school: Installation, pair: tuple[ClassroomLayer, ClassroomLayer]
) -> None:
    one, other = pair
    group = groups_of_all_nodes(mortal, school)[mortal.masters[2].port]
    async with attached(other, group) as heard:
        await one.group_send(group, {"type": "before"})
        await until(heard, "before")
        first, last = mortal.slots_of(mortal.masters[2])
        for node in mortal.masters:
            mortal.ask(node, "CLUSTER", "DELSLOTSRANGE", first, last)
        await until_it(lambda: "No node of the cluster serves 5462 of its slots" in other.trouble)
        with pytest.raises(Unavailable):
            await one.group_send(group, {"type": "lost"})
        mortal.ask(mortal.masters[1], "CLUSTER", "ADDSLOTSRANGE", first, last)
        await until(heard, "layer.gap")
        await sends_to(one, group, "after")
        await until(heard, "after")


async def test_a_node_that_is_cut_off_from_the_others_is_not_believed(
    nodes: RedisCluster, school: Installation
) -> None:
    alone = ("--cluster-enabled", "yes", "--cluster-port", str(hold_port(nodes)))
    with running_valkey(*alone) as lonely:
        url = nodes.url.replace("://", f"://127.0.0.1:{lonely.port},")
        layers = [ClassroomLayer(url, [school]) for _ in range(2)]
        async with attached(layers[1], "class") as heard:
            await layers[0].group_send("class", {"type": "greeting"})
            await until(heard, "greeting")
        assert len(layers[0].nodes) == len(nodes.masters)
        for layer in layers:
            await layer.close()


async def test_one_that_is_no_cluster_is_said() -> None:
    with running_valkey() as server:
        layer = ClassroomLayer(server.url.replace("redis:", "redis+cluster:"))
        with pytest.raises(Unavailable, match="cluster support disabled"):
            await layer.group_send("class", {"type": "greeting"})
        await layer.close()
