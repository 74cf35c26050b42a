"""PostgreSQL with hardly a slot left: a process takes what there is, and serves in turn."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
import psycopg
import pytest

from realtime.protocol.codes import CloseCode
from tests.cluster.cluster import Cluster
from tests.cluster.conftest import MakeCluster
from tests.cluster.databases import PostgreSQL
from tests.cluster.waiting import eventually
from tests.patient_clients import call, connect, http_client

TUTOR = "tutor1@example.com"
CALLERS = 40


@pytest.mark.parametrize("free", [pytest.param(3, marks=pytest.mark.soak), 1])
async def test_forty_callers_are_served_in_turn(
    start_cluster: MakeCluster, database: PostgreSQL, free: int
) -> None:
    cluster = start_cluster(nodes=1)
    cluster.nodes[0].stop()
    with all_slots_but(free, database):
        cluster.nodes[0].start()
        async with http_client() as client:
            answers = await everybody_calls(cluster, client)
    assert answers == {"give 202": 20, "look 200": 10, "open connection_success": 10}


async def test_who_finds_no_slot_at_all_is_told_so_and_served_once_there_is_one(
    start_cluster: MakeCluster, database: PostgreSQL
) -> None:
    cluster = start_cluster(nodes=1)
    cluster.nodes[0].stop()
    student = cluster.students_of(TUTOR)[0]
    async with http_client() as client:
        with all_slots_but(0, database):
            cluster.nodes[0].start()
            # Long enough for pauses that grow with each attempt to be ten seconds.
            refused = [await give(cluster, client, student) for _ in range(4)]
            refused += await asyncio.gather(
                give(cluster, client, student), open_socket(cluster, student)
            )
            assert set(refused) == {"give 503", f"open {CloseCode.UNAVAILABLE}"}
        await eventually(lambda: database_state(cluster), lambda state: state == "ok", 9)
        assert await give(cluster, client, student) == "give 202"


@contextmanager
def all_slots_but(free: int, database: PostgreSQL) -> Iterator[None]:
    """Have others use every connection that the server allows, but for `free`."""
    with ExitStack() as others:
        spared = [others.enter_context(psycopg.connect(database.url)) for _ in range(free)]
        while one_more := connection_if_any(database):
            others.enter_context(one_more)
        for one in spared:
            one.close()
        yield


def connection_if_any(database: PostgreSQL) -> psycopg.Connection | None:
    """Take one connection; None when the server has no slot left."""
    try:
        return psycopg.connect(database.url)
    except psycopg.OperationalError as refused:
        if "too many clients" in str(refused):
            return None
        raise


async def everybody_calls(cluster: Cluster, client: httpx.AsyncClient) -> Counter[str]:
    """Have CALLERS at once give feedback, look at a dashboard or open a socket."""
    students = cluster.students_of(TUTOR)[:CALLERS]
    calls = [
        call
        for one, two, three, four in zip(*[iter(students)] * 4, strict=True)
        for call in (
            give(cluster, client, one),
            give(cluster, client, two),
            look(cluster, client),
            open_socket(cluster, four),
        )
    ]
    return Counter(await asyncio.gather(*calls))


def address(cluster: Cluster) -> str:
    """Name the node without a scheme."""
    return f"://127.0.0.1:{cluster.nodes[0].port}"


def headers(cluster: Cluster, email: str) -> dict[str, str]:
    """Identify a person."""
    return {"Authorization": f"Bearer {cluster.token(email)}"}


async def give(cluster: Cluster, client: httpx.AsyncClient, student: str) -> str:
    """Give a student feedback."""
    body = {"student_email": student, "session_id": "s", "message": "?", "message_type": "text"}
    url = f"http{address(cluster)}/api/tutor/feedback"
    answer = await client.post(url, json=body, headers=headers(cluster, TUTOR))
    return f"give {answer.status_code}"


async def look(cluster: Cluster, client: httpx.AsyncClient) -> str:
    """Read a tutor's dashboard."""
    url = f"http{address(cluster)}/api/tutor/students"
    return f"look {(await client.get(url, headers=headers(cluster, TUTOR))).status_code}"


async def open_socket(cluster: Cluster, student: str) -> str:
    """Open a student's socket, and wait for its close where it is refused."""
    url, identity = f"ws{address(cluster)}/ws/", headers(cluster, student)
    async with connect(url, additional_headers=identity) as socket:
        if '"connection_success"' in str(await socket.recv()):
            return "open connection_success"
        await socket.wait_closed()
        return f"open {socket.close_code}"


def database_state(cluster: Cluster) -> str:
    """Ask the probe."""
    answer = call("GET", f"http{address(cluster)}/readyz")
    return str(answer.json()["parts"]["database"])
