"""A dashboard whose socket is cut again and again shows the truth after each reconnect."""

import asyncio
import random
from collections.abc import Callable

from tests.cluster.conftest import MakeCluster
from tests.cluster.crowd import Crowd, differences
from tests.cluster.cut import Cable
from tests.cluster.dashboard import DashboardBot
from tests.cluster.lengths import lengths
from tests.cluster.student import StudentBot
from tests.cluster.waiting import eventually, nothing_left

TUTOR = "tutor1@example.com"
# Long enough that no check and no journal hides what a snapshot has left out.
LATE = {"PROGRESS_JOURNAL_SECONDS": "12", "DASHBOARD_CHECK_SECONDS": "120"}
PROMPT_SECONDS = 10


@lengths(short=(6, 5), full=(50, 200))
async def test_after_each_cut_a_dashboard_shows_the_truth(
    start_cluster: MakeCluster, crowd: Crowd, size: tuple[int, int]
) -> None:
    cluster = start_cluster(**LATE)
    cables = [Cable(node.port) for node in cluster.nodes]
    for cable in cables:
        await cable.start()
    board = await crowd.one(DashboardBot(cluster, TUTOR, lambda: random.choice(cables).port))
    people = cluster.students_of(TUTOR)[: size[0]]
    students = await crowd.add([StudentBot(cluster, email) for email in people])
    talking = {student.email: crowd.run(student.keep_reporting(5)) for student in students}

    for _ in range(size[1]):
        await asyncio.sleep(random.uniform(0.1, 0.5))
        quiet = random.sample(students, len(students) // 2)
        for student in quiet:
            talking[student.email].cancel()
        for cable in cables:
            cable.cut()
        seen = board.snapshots
        await eventually(lambda: board.snapshots, lambda now: now > seen, 20)  # noqa: B023
        await nothing_left(_behind(board, quiet), PROMPT_SECONDS)
        for student in quiet:
            talking[student.email] = crowd.run(student.keep_reporting(5))

    await crowd.end_work()
    await nothing_left(lambda: differences([board], students), 40)
    assert not crowd.faults()
    assert len(board.sittings) > size[1]
    for cable in cables:
        await cable.close()


def _behind(board: DashboardBot, quiet: list[StudentBot]) -> Callable[[], list[str]]:
    """Name those whose last words are not shown."""
    return lambda: [
        f"{student.email} sent {student.sent}, shown is {board.shown[student.email]}"
        for student in quiet
        if student.sent and not student.sent.items() <= board.shown[student.email].items()
    ]
