"""A student's question outlives whatever ends, and reaches dashboards at other processes."""

from tests.cluster.conftest import MakeCluster
from tests.cluster.crowd import Crowd, differences
from tests.cluster.dashboard import DashboardBot
from tests.cluster.giver import Giver
from tests.cluster.student import StudentBot
from tests.cluster.waiting import eventually, nothing_left
from tests.patient_clients import http_client

TUTOR = "tutor1@example.com"


async def test_a_question_survives_a_killed_process(
    start_cluster: MakeCluster, crowd: Crowd
) -> None:
    cluster = start_cluster(nodes=3)
    board = await crowd.one(DashboardBot(cluster, TUTOR, lambda: cluster.nodes[2].port))
    email = cluster.students_of(TUTOR)[0]
    student = await crowd.one(
        StudentBot(cluster, email, lambda: next(n.port for n in cluster.nodes if n.is_up))
    )
    await student.ask()
    await eventually(lambda: board.shown[email]["help"], bool, 20)

    cluster.nodes[0].kill()
    await eventually(lambda: len(student.sittings), lambda count: count == 2, 30)
    await eventually(lambda: student.help, lambda told: told == "asked", 20)
    await board.say(type="dashboard", action="help_seen", student_email=email)
    await eventually(lambda: student.help, lambda told: told == "seen", 20)
    async with http_client() as client:
        await Giver(cluster, email).give(client)
    await eventually(lambda: student.help, lambda told: told == "answered", 20)
    await nothing_left(lambda: differences([board]), 20)
    assert not crowd.faults()
