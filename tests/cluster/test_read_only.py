"""A PostgreSQL that takes no more writes, as a standby does, is one that is away."""

import re

import httpx
from websockets.exceptions import ConnectionClosed

from tests.cluster.cluster import Cluster
from tests.cluster.conftest import MakeCluster
from tests.cluster.crowd import Crowd
from tests.cluster.dashboard import DashboardBot
from tests.cluster.databases import PostgreSQL
from tests.cluster.giver import Giver
from tests.cluster.student import StudentBot
from tests.cluster.waiting import eventually, nothing_left
from tests.patient_clients import call, connect, http_client

TUTOR = "tutor1@example.com"
UNAVAILABLE = 4011
READ_ONLY = "default_transaction_read_only"


async def test_a_database_that_turns_read_only_is_away_until_it_takes_writes_again(
    start_cluster: MakeCluster, crowd: Crowd, database: PostgreSQL
) -> None:
    cluster = start_cluster(nodes=1, LOG_LEVEL="INFO")
    board = await crowd.one(DashboardBot(cluster, TUTOR))
    here, late = [StudentBot(cluster, email) for email in cluster.students_of(TUTOR)[:2]]
    await crowd.add([here])
    await here.report("studying")

    database.set(READ_ONLY, "on")
    async with http_client() as client:
        await eventually(lambda: ready(cluster), lambda status: status == 503, 30)
        answer = await give(cluster, client, here.email)
        assert (answer.status_code, answer.json()["code"]) == (503, "UNAVAILABLE")
        assert int(answer.headers["Retry-After"]) > 0
        assert await closed_with(cluster, late.email) == UNAVAILABLE
        await here.report("paused")
        await nothing_left(lambda: board.shown[here.email]["status"] != "paused", 30)

        database.set(READ_ONLY, "off")
        await eventually(lambda: ready(cluster), lambda status: status == 200, 30)
        giver = Giver(cluster, here.email)
        await giver.give(client)
    await crowd.add([late])
    await eventually(
        lambda: [frame["message_id"] for frame in here.shown], lambda got: got == giver.given, 30
    )
    log = await eventually(
        cluster.nodes[0].server.log.read_text, lambda log: "takes writes again" in log, 30
    )
    assert "Traceback" not in log, log
    assert len(re.findall("The database is read-only: .*read-only transaction", log)) == 1


def url(cluster: Cluster) -> str:
    """Name the first node's address."""
    return f"http://127.0.0.1:{cluster.nodes[0].port}"


def ready(cluster: Cluster) -> int:
    """Ask the first node whether it may have traffic."""
    return call("GET", f"{url(cluster)}/readyz").status_code


async def give(cluster: Cluster, client: httpx.AsyncClient, student: str) -> httpx.Response:
    """Give feedback once and return the answer, whatever it is."""
    body = {"student_email": student, "session_id": "s", "message": "?", "message_type": "text"}
    headers = {"Authorization": f"Bearer {cluster.token(TUTOR)}"}
    return await client.post(f"{url(cluster)}/api/tutor/feedback", json=body, headers=headers)


async def closed_with(cluster: Cluster, email: str) -> int | None:
    """Open a socket and return the code it is closed with."""
    return await closed_with_token(cluster, cluster.token(email))


async def closed_with_token(cluster: Cluster, token: str) -> int | None:
    """Open a socket with whatever is said to be a token, and return the code it is closed with."""
    headers = {"Authorization": f"Bearer {token}"}
    address = f"ws://127.0.0.1:{cluster.nodes[0].port}/ws/"
    async with connect(address, additional_headers=headers) as socket:
        try:
            while True:
                await socket.recv()
        except ConnectionClosed:
            return socket.close_code
