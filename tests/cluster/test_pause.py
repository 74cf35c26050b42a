"""A process that hangs beyond its lease loses its students, and finds them again when it wakes."""

import asyncio
import signal

from tests.cluster.conftest import MakeCluster
from tests.cluster.crowd import Crowd, differences
from tests.cluster.dashboard import DashboardBot
from tests.cluster.lengths import lengths
from tests.cluster.student import StudentBot
from tests.cluster.waiting import eventually, nothing_left

TUTOR = "tutor1@example.com"
REAPED_SECONDS = 45


@lengths(short=1, full=3)
async def test_a_process_that_hung_beyond_its_lease_takes_its_people_back(
    start_cluster: MakeCluster, crowd: Crowd, size: int
) -> None:
    cluster = start_cluster(PROGRESS_JOURNAL_SECONDS="1")
    steady, sleepy = cluster.nodes
    board = await crowd.one(DashboardBot(cluster, TUTOR, lambda: steady.port))
    other = await crowd.one(DashboardBot(cluster, TUTOR, lambda: sleepy.port))
    people = cluster.students_of(TUTOR)[:8]
    awake = await crowd.add(
        [StudentBot(cluster, email, lambda: steady.port) for email in people[:4]]
    )
    asleep = await crowd.add(
        [StudentBot(cluster, email, lambda: sleepy.port) for email in people[4:]]
    )

    for turn in range(1, size + 1):
        for student in [*awake, *asleep]:
            await student.report()
        await nothing_left(lambda: differences([board, other], [*awake, *asleep]), 20)
        sleepy.signal(signal.SIGSTOP)
        await asyncio.gather(*(_hears(board, student, 2 * turn) for student in asleep))
        for student in asleep:
            await student.report()
        sleepy.signal(signal.SIGCONT)
        await asyncio.gather(*(_hears(board, student, 2 * turn + 1) for student in asleep))

    await eventually(cluster.recorded, lambda found: found == crowd.connections(), 30)
    await nothing_left(lambda: differences([board, other], [*awake, *asleep]), 20)
    assert [board.edges_of(student.email) for student in awake] == [["student_joined"]] * 4
    assert not crowd.faults()


async def _hears(board: DashboardBot, student: StudentBot, edges: int) -> None:
    await eventually(
        lambda: len(board.edges_of(student.email)), lambda n: n >= edges, REAPED_SECONDS
    )
    assert len(board.edges_of(student.email)) == edges
