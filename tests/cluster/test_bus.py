"""While Redis is dead or hangs, sockets stay and feedback waits; afterwards all is right again."""

import asyncio

from tests.cluster.conftest import MakeCluster
from tests.cluster.crowd import Crowd, differences
from tests.cluster.dashboard import DashboardBot
from tests.cluster.giver import Giver
from tests.cluster.lengths import lengths
from tests.cluster.student import StudentBot
from tests.cluster.waiting import eventually, nothing_left
from tests.patient_clients import http_client
from tests.valkey import Valkey

RIGHT_AGAIN_SECONDS = 15
TUTOR = "tutor1@example.com"


@lengths(
    short=[("kill", 0.2)],
    full=[("kill", t) for t in (0.2, 3, 20)] + [("pause", 4), ("pause", 10)],
)
async def test_a_lost_bus_costs_nobody_anything(
    start_cluster: MakeCluster, crowd: Crowd, valkey: Valkey, size: list[tuple[str, float]]
) -> None:
    cluster = start_cluster(PROGRESS_JOURNAL_SECONDS="1")
    ports = [node.port for node in cluster.nodes]
    boards = await crowd.add(
        [DashboardBot(cluster, TUTOR, lambda port=port: port) for port in ports]
    )
    people = cluster.students_of(TUTOR)[:6]
    students = await crowd.add([StudentBot(cluster, email) for email in people])
    givers = [Giver(cluster, student.email) for student in students]

    for how, seconds in size:
        talking = [crowd.run(student.keep_reporting(2)) for student in students]
        await _lose(valkey, how, seconds, givers)
        for work in talking:
            work.cancel()
        await nothing_left(lambda: differences(boards, students), RIGHT_AGAIN_SECONDS)
        for giver, student in zip(givers, students, strict=True):

            def shown(student: StudentBot = student) -> list[str]:
                return [frame["message_id"] for frame in student.shown]

            def is_all(seen: list[str], giver: Giver = giver) -> bool:
                return seen == giver.given

            await eventually(shown, is_all, RIGHT_AGAIN_SECONDS + 5)
    assert not crowd.faults()
    assert [len(bot.sittings) for bot in crowd.bots] == [1] * len(crowd.bots)


async def _lose(valkey: Valkey, how: str, seconds: float, givers: list[Giver]) -> None:
    """Take Redis away for so long; meanwhile each student is given something."""
    valkey.kill() if how == "kill" else valkey.pause()
    try:
        async with http_client() as client:
            await asyncio.gather(asyncio.sleep(seconds), *(giver.give(client) for giver in givers))
    finally:
        valkey.start() if how == "kill" else valkey.resume()
