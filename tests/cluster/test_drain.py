"""A server that is stopped sends everybody elsewhere, and nobody notices at the dashboards."""

import asyncio

from tests.cluster.bots import Bot
from tests.cluster.cluster import Node
from tests.cluster.conftest import MakeCluster
from tests.cluster.crowd import Crowd, differences
from tests.cluster.dashboard import DashboardBot
from tests.cluster.lengths import lengths
from tests.cluster.student import StudentBot
from tests.cluster.waiting import eventually, nothing_left

GOING_AWAY = 1012
TUTORS = ("tutor1@example.com", "tutor2@example.com")


@lengths(short=(60, 20), full=(500, 10))
async def test_a_stop_sends_everybody_elsewhere_unnoticed(
    start_cluster: MakeCluster, crowd: Crowd, size: tuple[int, int]
) -> None:
    cluster = start_cluster(REJOIN_GRACE_SECONDS="1")
    first, second = cluster.nodes
    boards = await crowd.add([DashboardBot(cluster, tutor) for tutor in TUTORS for _ in range(2)])
    students = await crowd.add(
        StudentBot(cluster, f"student{number}@example.com", _home(first, second))
        for number in range(1, size[0] + 1)
    )
    moved: list[Bot] = [bot for bot in crowd.bots if bot.port == first.port]
    await nothing_left(lambda: differences(boards), 15)
    before = [len(board.edges) for board in boards]

    first.is_up = False
    stopping = asyncio.create_task(asyncio.to_thread(Node.stop, first))
    await eventually(lambda: _not_there(moved, second), lambda left: not left, size[1])
    await stopping

    assert len(moved) >= size[0]
    assert {code for bot in moved for code in bot.closes} == {GOING_AWAY}
    await eventually(cluster.recorded, lambda found: found == crowd.connections(), 30)
    due = "SELECT student_id FROM realtime_presence WHERE leave_due_at IS NOT NULL"
    await nothing_left(lambda: cluster.rows(due), 30)
    await nothing_left(lambda: differences(boards, students), 15)
    assert [len(board.edges) for board in boards] == before
    assert not crowd.faults()


def _home(first: Node, second: Node):  # type: ignore[no-untyped-def]
    """Pick the first node while it is up."""
    return lambda: first.port if first.is_up else second.port


def _not_there(bots: list[Bot], node: Node) -> list[str]:
    return [bot.email for bot in bots if not bot.here.is_set() or bot.port != node.port]
