"""Feedback while clients drop and servers restart: all of it, once, in order."""

import asyncio
import random

import httpx

from tests.cluster.cluster import Cluster, Node
from tests.cluster.conftest import MakeCluster
from tests.cluster.crowd import Crowd
from tests.cluster.giver import Giver
from tests.cluster.lengths import lengths
from tests.cluster.student import StudentBot
from tests.cluster.waiting import eventually
from tests.patient_clients import http_client

REREAD_SECONDS = 15


@lengths(short=(6, 6), full=(20, 100))
async def test_a_storm_of_feedback_loses_and_repeats_nothing(
    start_cluster: MakeCluster, crowd: Crowd, size: tuple[int, int]
) -> None:
    cluster = start_cluster(nodes=3, FEEDBACK_REREAD_SECONDS="5")
    people = cluster.students_of("tutor1@example.com")[: size[0]]
    students = await crowd.add([StudentBot(cluster, email) for email in people])
    givers = [Giver(cluster, email) for email in people]
    dropping = crowd.run(_drop(students))
    restarting = crowd.run(_restart_one_by_one(cluster))

    async with http_client() as client:
        await asyncio.gather(*(_give(giver, client, size[1]) for giver in givers))
    await restarting
    dropping.cancel()

    assert [len(giver.given) for giver in givers] == [size[1]] * size[0]
    for giver, student in zip(givers, students, strict=True):
        await eventually(
            lambda s=student: [frame["message_id"] for frame in s.shown],  # type: ignore[misc]
            lambda shown, g=giver: len(shown) >= len(g.given),  # type: ignore[misc]
            REREAD_SECONDS,
        )
        assert [frame["message_id"] for frame in student.shown] == giver.given
    # An acknowledgement that could not be stored is no loss: what it names comes again, once.
    assert not [fault for fault in crowd.faults() if "UNAVAILABLE" not in fault]


async def _give(giver: Giver, client: httpx.AsyncClient, count: int) -> None:
    """Give one after the other, so that their order is known."""
    for _ in range(count):
        await giver.give(client)


async def _drop(students: list[StudentBot]) -> None:
    """Cut or reload a client every now and then."""
    while True:
        await asyncio.sleep(random.uniform(0.1, 0.5))
        student = random.choice(students)
        if student.here.is_set():
            if random.random() < 0.5:
                student.vanish()
            else:
                await student.reload()


async def _restart_one_by_one(cluster: Cluster) -> None:
    """Restart each server as a deployment does."""
    for node in cluster.nodes:
        await asyncio.sleep(0.5)
        await asyncio.to_thread(Node.stop, node)
        await asyncio.to_thread(Node.start, node)
