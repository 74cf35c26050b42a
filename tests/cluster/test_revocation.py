"""On two processes: a change made by SQL alone is felt at both, with Redis or without."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest
from websockets.asyncio.client import ClientConnection

from tests.cluster.cluster import Cluster
from tests.cluster.conftest import cluster_in
from tests.cluster.test_ended_identities import Device, code_of
from tests.patient_clients import connect, http_client

# Two, or ten without Redis, on a machine of its own (tests/rights measures it); here a busy one.
SECONDS = 30.0
TUTOR, TAUGHT_NO_MORE, DEACTIVATED = (f"tutor{n}@example.com" for n in (1, 2, 3))
pytestmark = pytest.mark.xdist_group("sql-revocation")


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


@pytest.fixture(scope="module", params=["with redis", "without redis"])
def cluster(
    request: pytest.FixtureRequest,
    seeded: Callable[[str], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Cluster]:
    """One cluster for all tests of this file, each of which changes people of its own."""
    with cluster_in(tmp_path_factory.mktemp("nodes"), seeded("postgresql")) as running:
        if request.param == "without redis":
            running.valkey.kill()
        yield running


@pytest.fixture(scope="module")
def students(cluster: Cluster) -> Iterator[str]:
    """Students of one tutor whom no test has changed yet."""
    return iter(cluster.students_of(TUTOR))


async def on_both(cluster: Cluster, stack: AsyncExitStack, email: str) -> list[ClientConnection]:
    """Open a socket of one person on each node."""
    headers = {"Authorization": f"Bearer {cluster.token(email)}"}
    sockets = []
    for node in cluster.nodes:
        address = f"ws://127.0.0.1:{node.port}/ws/"
        opened = connect(address, additional_headers=headers)
        sockets.append(await stack.enter_async_context(opened))
        await hears(sockets[-1], type="connection_success")
    return sockets


async def hears(socket: ClientConnection, **fields: Any) -> dict[str, Any]:
    """Receive until a frame with these fields comes, which must be in time."""
    async with asyncio.timeout(SECONDS):
        while True:
            frame: dict[str, Any] = json.loads(await socket.recv())
            if fields.items() <= frame.items():
                return frame


async def is_shown(socket: ClientConnection, students: set[str]) -> None:
    """Receive snapshots until one has these students; a check may have sent another before."""
    shown: set[str] = set()
    while shown != students:
        data = (await hears(socket, action="broadcast_all"))["data"]
        shown = {one["student_email"] for one in data["students"]}


async def closes(socket: ClientConnection) -> int | None:
    """Read until the close, which must come in time."""
    return await code_of(socket, SECONDS)


async def run_sql(cluster: Cluster, statement: str) -> None:
    async with await psycopg.AsyncConnection.connect(cluster.database.url) as connection:
        await connection.execute(statement.encode())


@pytest.mark.parametrize(
    "change",
    [
        "password = 'another'",
        pytest.param("is_active = false", marks=pytest.mark.soak),
        pytest.param("credentials_version = 1", marks=pytest.mark.soak),
        "is_staff = true",
    ],
)
async def test_credentials_changed_by_sql_close_everywhere(
    cluster: Cluster, stack: AsyncExitStack, students: Iterator[str], change: str
) -> None:
    one, other = next(students), next(students)
    ending = await on_both(cluster, stack, one)
    staying = await on_both(cluster, stack, other)
    await run_sql(cluster, f"UPDATE roster_user SET {change} WHERE email = '{one}'")
    assert await asyncio.gather(*map(closes, ending)) == [4401, 4401]
    for socket in staying:
        await socket.send('{"type": "ping"}')
        await hears(socket, type="pong")


@pytest.mark.parametrize("statement", ["DELETE FROM django_session", "TRUNCATE django_session"])
async def test_sessions_ended_by_sql_close_everywhere(
    cluster: Cluster, stack: AsyncExitStack, students: Iterator[str], statement: str
) -> None:
    email = next(students)
    devices = [
        Device(node, await stack.enter_async_context(http_client())) for node in cluster.nodes
    ]
    for device in devices:
        await device.sign_in(email)
        await device.open(stack)
    await run_sql(cluster, statement)
    ending = [device.sockets["session"] for device in devices]
    assert await asyncio.gather(*map(closes, ending)) == [4401, 4401]
    await devices[0].sockets["token"].send('{"type": "ping"}')
    await hears(devices[0].sockets["token"], type="pong")


async def test_a_mapping_deleted_by_sql_ends_everywhere(
    cluster: Cluster, stack: AsyncExitStack
) -> None:
    dashboards = await on_both(cluster, stack, TAUGHT_NO_MORE)
    (email, *others) = cluster.students_of(TAUGHT_NO_MORE)
    for socket in dashboards:
        await hears(socket, action="broadcast_all")
    students = await on_both(cluster, stack, email)
    await run_sql(
        cluster,
        "DELETE FROM roster_tutorstudent WHERE student_id ="
        f" (SELECT id FROM roster_user WHERE email = '{email}')",
    )
    for socket in dashboards:
        await is_shown(socket, set(others))
    for socket in students:
        await socket.send('{"type": "status", "status": "paused", "session_id": "s"}')
        await hears(socket, type="message_error", code="TUTOR_NOT_FOUND")


async def test_students_of_a_tutor_deactivated_by_sql_are_told_everywhere(
    cluster: Cluster, stack: AsyncExitStack
) -> None:
    dashboards = await on_both(cluster, stack, DEACTIVATED)
    students = await on_both(cluster, stack, cluster.students_of(DEACTIVATED)[0])
    await run_sql(
        cluster, f"UPDATE roster_user SET is_active = false WHERE email = '{DEACTIVATED}'"
    )
    assert await asyncio.gather(*map(closes, dashboards)) == [4401, 4401]
    for socket in students:
        await socket.send('{"type": "status", "status": "paused", "session_id": "s"}')
        await hears(socket, type="message_error", code="TUTOR_NOT_FOUND")


async def test_a_change_that_commits_after_a_later_one_is_not_missed(
    cluster: Cluster, stack: AsyncExitStack, students: Iterator[str]
) -> None:
    first, second = next(students), next(students)
    ending, sooner = [await on_both(cluster, stack, email) for email in (first, second)]
    change = "UPDATE roster_user SET password = 'another' WHERE email = '%s'"
    async with await psycopg.AsyncConnection.connect(cluster.database.url) as slow:
        await slow.execute((change % first).encode())
        await run_sql(cluster, change % second)
        assert await asyncio.gather(*map(closes, sooner)) == [4401, 4401]
        for socket in ending:
            await socket.send('{"type": "ping"}')
            await hears(socket, type="pong")
    assert await asyncio.gather(*map(closes, ending)) == [4401, 4401]
