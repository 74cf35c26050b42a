"""SIGHUP replaces the workers one by one; nobody notices at the dashboards."""

import signal

import psutil

from tests.cluster.conftest import MakeCluster
from tests.cluster.crowd import Crowd, differences
from tests.cluster.dashboard import DashboardBot
from tests.cluster.lengths import lengths
from tests.cluster.student import StudentBot
from tests.cluster.waiting import eventually, nothing_left

TUTOR = "tutor1@example.com"
GOING_AWAY = 1012


@lengths(short=(6, 1), full=(100, 5))
async def test_a_rolling_restart_goes_unnoticed(
    start_cluster: MakeCluster, crowd: Crowd, size: tuple[int, int]
) -> None:
    cluster = start_cluster(nodes=1, workers=2, REJOIN_GRACE_SECONDS="1")
    (node,) = cluster.nodes
    boards = await crowd.add([DashboardBot(cluster, TUTOR) for _ in range(2)])
    people = cluster.students_of(TUTOR)[: size[0]]
    students = await crowd.add([StudentBot(cluster, email) for email in people])
    talking = [crowd.run(student.keep_reporting(1)) for student in students]
    await nothing_left(lambda: differences(boards), 20)
    before = [len(board.edges) for board in boards]

    for _ in range(size[1]):
        old = _workers(node.pid)
        node.signal(signal.SIGHUP)
        await eventually(
            lambda: _workers(node.pid),
            lambda now: len(now) == 2 and not now & old,  # noqa: B023
            60,
        )
    for work in talking:
        work.cancel()

    await eventually(cluster.recorded, lambda found: found == crowd.connections(), 20)
    await nothing_left(lambda: differences(boards, students), 20)
    codes = {code for bot in crowd.bots for code in bot.closes}
    assert codes == {GOING_AWAY}
    assert [len(board.edges) for board in boards] == before
    assert not crowd.faults()


def _workers(pid: int) -> set[int]:
    return {child.pid for child in psutil.Process(pid).children()}
