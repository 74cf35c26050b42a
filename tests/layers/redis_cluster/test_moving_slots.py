"""Topics are where their slots are, and whoever listens goes with them."""

import asyncio
from collections.abc import Callable

from speaktracker.layers import ClassroomLayer
from speaktracker.layers.installation import Installation
from tests.layers.listening import DEADLINE, attached, hears, hears_nothing_before, member, until
from tests.layers.redis_cluster.topics import elsewhere, groups_of_all_nodes, topic_of
from tests.redis_cluster import RedisCluster

Process = Callable[[], ClassroomLayer]


async def test_members_of_every_process_hear_by_whichever_node(
    nodes: RedisCluster, school: Installation, process: Process
) -> None:
    one, other = process(), process()
    groups = groups_of_all_nodes(nodes, school).values()
    there = await member(other, *groups)
    for group in groups:
        await one.group_send(group, {"type": "greeting", "to": group})
        assert await hears(other, there) == {"type": "greeting", "to": group}
        one.group_send_nowait(group, {"type": "hint", "to": group})
        assert await hears(other, there) == {"type": "hint", "to": group}
    await one.send(there, {"type": "word"})
    assert await hears(other, there) == {"type": "word"}
    await other.group_discard("class.1", there)
    await hears_nothing_before(other, there, "marker")
    assert (one.gaps, other.gaps, one.healthy, other.healthy) == (0, 0, True, True)


async def test_two_installations_on_one_cluster_do_not_meet(
    nodes: RedisCluster, process: Process
) -> None:
    stranger, one = ClassroomLayer(nodes.url, [Installation("other", b"k" * 16)]), process()
    here = await member(one, "class")
    await stranger.group_send("class", {"type": "greeting"})
    await process().group_send("class", {"type": "marker"})
    assert await hears(one, here) == {"type": "marker"}
    await stranger.close()


async def test_a_topic_whose_slot_moves_is_a_gap_for_its_members_alone(
    nodes: RedisCluster, school: Installation, process: Process
) -> None:
    one, other = process(), process()
    async with attached(other, "moved") as moved, attached(other, "stays") as stays:
        for group, heard in (("moved", moved), ("stays", stays)):
            await one.group_send(group, {"type": "before"})
            await until(heard, "before")
        topic = topic_of(school, "moved")
        nodes.move(topic, elsewhere(nodes, topic))
        await until(moved, "layer.gap")
        await one.group_send("moved", {"type": "after"})
        await one.group_send("stays", {"type": "after"})
        assert await moved.get() == {"type": "after"}
        assert await stays.get() == {"type": "after"}
    assert (one.gaps, other.gaps) == (0, 1)


async def test_the_order_of_a_topic_stays_while_its_slot_moves(
    nodes: RedisCluster, school: Installation, process: Process
) -> None:
    one, other = process(), process()
    topic, numbers = topic_of(school, "class"), iter(range(1_000_000))
    over = asyncio.Event()

    async def publish() -> int:
        while not over.is_set():
            for _ in range(20):
                one.group_send_nowait("class", {"type": "count", "number": next(numbers)})
            await one.group_send("class", {"type": "count", "number": next(numbers)})
        await one.group_send("class", {"type": "count", "number": (last := next(numbers))})
        return last

    async with attached(other, "class") as heard:
        publishing = asyncio.create_task(publish())
        for _ in range(4):
            await until(heard, "count")
            await asyncio.to_thread(nodes.move, topic, elsewhere(nodes, topic))
            await until(heard, "layer.gap")
        over.set()
        last = await asyncio.wait_for(publishing, DEADLINE)
        counted = [(await until(heard, "count"))["number"]]
        while counted[-1] != last:
            counted.append((await until(heard, "count"))["number"])
    assert counted == list(range(counted[0], last + 1))
