"""A student on one process, their tutor on two: everything as on one."""

import pytest

from tests.cluster.conftest import MakeCluster
from tests.cluster.crowd import Crowd, differences
from tests.cluster.dashboard import DashboardBot
from tests.cluster.student import StudentBot
from tests.cluster.waiting import eventually, nothing_left

pytestmark = [pytest.mark.e2e]
both_databases = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)


@both_databases
async def test_a_tutor_on_two_processes_sees_a_student_of_one(
    start_cluster: MakeCluster, crowd: Crowd
) -> None:
    cluster = start_cluster(REJOIN_GRACE_SECONDS="1", PROGRESS_JOURNAL_SECONDS="1")
    first, second = (node.port for node in cluster.nodes)
    tutor = "tutor1@example.com"
    boards = await crowd.add(
        [DashboardBot(cluster, tutor, lambda: first), DashboardBot(cluster, tutor, lambda: second)]
    )
    student = await crowd.one(StudentBot(cluster, "student1@example.com", lambda: first))
    for status in ("studying", "paused", "finished", "studying"):
        await student.report(status)
    await nothing_left(lambda: differences(boards, [student]), 30)
    await student.stop()
    expected = ["student_joined", "student_left", "student_joined", "student_left"]
    for board in boards:
        await eventually(lambda: board.edges_of(student.email), lambda e: len(e) >= 4, 30)  # noqa: B023
        assert board.edges_of(student.email) == expected
    assert not crowd.faults()
