"""While PostgreSQL is away sockets and statuses go on; afterwards all is right again."""

import asyncio

from tests.cluster.cluster import Cluster
from tests.cluster.conftest import MakeCluster
from tests.cluster.crowd import Crowd, differences
from tests.cluster.dashboard import DashboardBot
from tests.cluster.databases import PostgreSQL
from tests.cluster.giver import Giver
from tests.cluster.lengths import lengths
from tests.cluster.student import StudentBot
from tests.cluster.waiting import eventually, nothing_left
from tests.patient_clients import http_client

TUTOR = "tutor1@example.com"


@lengths(short=3, full=40)
async def test_sockets_outlive_their_database(
    start_cluster: MakeCluster, crowd: Crowd, database: PostgreSQL, size: float
) -> None:
    cluster = start_cluster(PROGRESS_JOURNAL_SECONDS="1")
    ports = [node.port for node in cluster.nodes]
    boards = await crowd.add([DashboardBot(cluster, TUTOR, lambda p=p: p) for p in ports])
    people = cluster.students_of(TUTOR)[:6]
    students = await crowd.add([StudentBot(cluster, email) for email in people])
    late = StudentBot(cluster, cluster.students_of(TUTOR)[6])

    database.stop()
    for student in students:
        await student.report("studying")
    await nothing_left(lambda: _unheard(boards, students), 30)
    await _is_refused(cluster)
    arriving = crowd.run(late.start(size + 60))
    await students[0].stop()
    async with http_client() as client:
        giver = Giver(cluster, students[1].email)
        giving = asyncio.create_task(giver.give(client))
        await asyncio.sleep(size)
        database.start()
        await giving
    await arriving
    crowd.bots.append(late)

    await nothing_left(lambda: differences(boards, students), 40)
    await eventually(cluster.recorded, lambda found: found == crowd.connections(), 40)
    await eventually(
        lambda: [frame["message_id"] for frame in students[1].shown],
        lambda shown: shown == giver.given,
        20,
    )
    assert [len(bot.sittings) for bot in [*boards, *students]] == [1] * 8
    left = {edge.student for board in boards for edge in board.leaves_since(0)}
    assert left <= {students[0].email}
    assert not [fault for fault in crowd.faults() if "UNAVAILABLE" not in fault]


def _unheard(boards: list[DashboardBot], students: list[StudentBot]) -> list[str]:
    """Name whose last status some dashboard does not show."""
    return [
        student.email
        for student in students
        for board in boards
        if student.sent and not student.sent.items() <= board.shown[student.email].items()
    ]


async def _is_refused(cluster: Cluster) -> None:
    """See the API and the readiness probe say that the database is away."""
    url = f"http://127.0.0.1:{cluster.nodes[0].port}"
    token = cluster.token(TUTOR)
    body = {
        "student_email": cluster.students_of(TUTOR)[0],
        "session_id": "s",
        "message": "lost?",
        "message_type": "text",
    }
    async with http_client(base_url=url) as client:
        answer = await client.post(
            "/api/tutor/feedback", json=body, headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert (await client.get("/readyz")).status_code == 503
