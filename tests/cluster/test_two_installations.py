"""Two installations on one Redis, with people of the same numbers: neither knows of the other."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis.asyncio

from tests.cluster.cluster import Cluster
from tests.cluster.conftest import MakeCluster
from tests.cluster.crowd import Crowd
from tests.cluster.dashboard import DashboardBot
from tests.cluster.databases import SQLite
from tests.cluster.giver import Giver
from tests.cluster.student import StudentBot
from tests.cluster.waiting import eventually
from tests.patient_clients import http_client
from tests.valkey import Valkey

TUTOR = "tutor1@example.com"
SECONDS = 30
CALLS = 3
DEACTIVATION = """
from speaktracker.roster.models import User
person = User.objects.get(email="{email}")
person.is_active = False
person.save()
"""
# In what the second one differs from the first.
NEIGHBOURS = [
    {"STACK": "speaktracker-other"},
    pytest.param(
        {"SECRET_KEY": "another-secret-another-secret-another-secret"}, marks=pytest.mark.soak
    ),
    pytest.param({"DATABASE": "4"}, marks=pytest.mark.soak),
    pytest.param(
        {"STACK": "speaktracker-other", "CHANNEL_LAYER": "channels_redis"}, marks=pytest.mark.soak
    ),
]


@pytest.fixture
def two(
    request: pytest.FixtureRequest,
    start_cluster: MakeCluster,
    seeded: Callable[[str], Path],
    tmp_path: Path,
    valkey: Valkey,
) -> Iterator[tuple[Cluster, Cluster]]:
    """Two installations of one process each."""
    differs: dict[str, Any] = {**request.param}
    folder = tmp_path / "neighbour"
    folder.mkdir()
    database = SQLite(folder, seeded("sqlite") / "cluster.sqlite3")
    address = valkey.url.removesuffix("0") + differs.pop("DATABASE", "0")
    limits = {"USER_REST_CALLS_PER_MINUTE": str(CALLS)}
    layer = {"CHANNEL_LAYER": differs.get("CHANNEL_LAYER", "speaktracker")}
    here = start_cluster(nodes=1, **limits, **layer)
    neighbour = Cluster(folder, database, valkey, 1, 1, REDIS_URL=address, **limits, **differs)
    neighbour.start()
    yield here, neighbour
    print(neighbour.logs())  # noqa: T201 - pytest shows it with a failure
    neighbour.close()


def sentence(board: DashboardBot, student: StudentBot) -> str:
    """Read what a dashboard shows of a student."""
    return str(board.shown.get(student.email, {}).get("current_sentence"))


async def calls(cluster: Cluster, client: httpx.AsyncClient) -> list[int]:
    """Call the API as the tutor until the limit is reached.

    A process that waits for Redis too long counts by itself meanwhile, so it may be reached later.
    """
    url = f"http://127.0.0.1:{cluster.some_port()}/api/tutor/students"
    headers = {"Authorization": f"Bearer {cluster.token(TUTOR)}"}
    codes: list[int] = []
    while len(codes) < 2 * CALLS + 1 and 429 not in codes:
        codes.append((await client.get(url, headers=headers)).status_code)
    return codes


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("two", NEIGHBOURS, ids=lambda one: "-".join(one), indirect=True)
async def test_neither_hears_counts_or_closes_for_the_other(
    two: tuple[Cluster, Cluster], crowd: Crowd
) -> None:
    here, _ = two
    boards = await crowd.add([DashboardBot(one, TUTOR) for one in two])
    email = here.students_of(TUTOR)[0]
    ours, theirs = await crowd.add([StudentBot(one, email) for one in two])
    await ours.report("studying")
    await eventually(lambda: sentence(boards[0], ours), "Sentence 1".__eq__, SECONDS)
    await theirs.report("paused")
    await eventually(
        lambda: boards[1].shown[email].get("status"), lambda shown: shown == "paused", SECONDS
    )
    await theirs.report("paused")
    await eventually(lambda: sentence(boards[1], theirs), "Sentence 2".__eq__, SECONDS)
    assert boards[0].shown[email]["status"] == "studying"
    assert sentence(boards[0], ours) == "Sentence 1"

    async with http_client() as client:
        for one in two:
            *passed, last = await calls(one, client)
            assert (set(passed), len(passed) >= CALLS, last) == ({200}, True, 429)

    await asyncio.to_thread(
        here.nodes[0].server.manage, "shell", "-c", DEACTIVATION.format(email=email)
    )
    await eventually(lambda: ours.closes, lambda closes: closes == [4401], SECONDS)
    await theirs.report("studying")
    await eventually(lambda: sentence(boards[1], theirs), "Sentence 3".__eq__, SECONDS)
    assert not theirs.closes
    assert not boards[0].faults + boards[1].faults


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_plain_client_of_that_redis_closes_nobody(
    start_cluster: MakeCluster, crowd: Crowd, valkey: Valkey
) -> None:
    cluster = start_cluster()
    student = await crowd.one(StudentBot(cluster, cluster.students_of(TUTOR)[0]))
    board = await crowd.one(DashboardBot(cluster, TUTOR))
    async with redis.asyncio.from_url(valkey.url) as client:
        for topic in await client.pubsub_channels("*"):
            for body in (b"", b"0123456789abcdef", b"0" * 32):
                await client.publish(
                    topic, body + b"\x82\xa4type\xacsocket.close\xa4code\xcd\x11\x31"
                )
    giver = Giver(cluster, student.email)
    async with http_client() as web:
        await giver.give(web)
        pages = [
            (await web.get(f"http://127.0.0.1:{node.port}/metrics")).text for node in cluster.nodes
        ]
    assert giver.outcomes == ["delivered"]
    assert not any("speaktracker_foreign_events_total 0.0" in page for page in pages)
    told = "is not signed by this installation"
    await eventually(lambda: cluster.logs().count(told), lambda count: count == 2, SECONDS)
    assert not student.closes + board.closes
