"""What a dashboard shows first is not behind what students said last, wherever they said it."""

import pytest

from tests.cluster.conftest import MakeCluster
from tests.cluster.crowd import Crowd, differences
from tests.cluster.dashboard import DashboardBot
from tests.cluster.student import StudentBot
from tests.cluster.waiting import eventually, nothing_left

pytestmark = [pytest.mark.e2e]
# Neither the journal nor the check brings what the snapshot has left out.
LATE = {"PROGRESS_JOURNAL_SECONDS": "600", "DASHBOARD_CHECK_SECONDS": "600"}


async def test_a_snapshot_has_what_another_process_has_not_written_yet(
    start_cluster: MakeCluster, crowd: Crowd
) -> None:
    cluster = start_cluster(**LATE)
    first, second = (node.port for node in cluster.nodes)
    student = await crowd.one(StudentBot(cluster, "student1@example.com", lambda: first))
    for _ in range(5):
        await student.report("studying")
        await eventually(lambda: student.acked, lambda acked: acked == student.sent, 30)
    board = await crowd.one(DashboardBot(cluster, "tutor1@example.com", lambda: second))
    await eventually(
        lambda: board.shown.get(student.email, {}),
        lambda shown: shown.get("current_sentence") == "Sentence 5",
        30,
    )
    await student.stop()
    await nothing_left(lambda: differences([board]), 30)
    assert not crowd.faults()
