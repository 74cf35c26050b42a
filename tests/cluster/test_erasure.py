"""A child is erased while connected, with DynamoDB and Redis away: nothing is left afterwards."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import boto3
import dj_database_url
import pytest
from django.db.utils import ConnectionHandler
from pytest_django import DjangoDbBlocker
from redis import Redis

from realtime.protocol.codes import CloseCode
from speaktracker.devstack.child_processes import Server
from tests.cluster.cluster import Cluster
from tests.cluster.conftest import MakeCluster
from tests.cluster.crowd import Crowd
from tests.cluster.giver import Giver
from tests.cluster.student import StudentBot
from tests.cluster.waiting import eventually, nothing_left
from tests.patient_clients import blocking_client, http_client
from tests.persistence import engines
from tests.persistence.faults import FaultProxy
from tests.traces import traces_in_dynamodb, traces_in_redis, traces_in_sql

TUTOR, STACK = "tutor1@example.com", "erasing"
SECONDS = 60
SENTENCES = ("Sentence 1", "Sentence 2")
PENDING = "SELECT count(*) FROM persistence_change WHERE done_at IS NULL"


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A DynamoDB, and credentials for it."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with engines.engine("ministack") as started:
        yield started


@pytest.fixture
async def away(engine: Server) -> AsyncIterator[FaultProxy]:
    """A way to it that can be cut."""
    proxy = FaultProxy(engine.port)
    await proxy.start()
    yield proxy
    await proxy.stop()


class Storage:
    """All that a cluster stores, searched for words."""

    def __init__(self, cluster: Cluster, engine: Server, *words: str) -> None:
        url = f"http://127.0.0.1:{engine.port}"
        self._words = words
        self._database = cluster.database.url
        self._redis = Redis.from_url(cluster.valkey.url)
        self._aws = boto3.session.Session().client("dynamodb", "us-east-1", endpoint_url=url)

    def rows(self) -> list[str]:
        """Search SQL, in a thread: Django refuses to in one with a loop."""
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(self._rows).result()

    def _rows(self) -> list[str]:
        database = {"default": dj_database_url.parse(self._database)}
        with closing(ConnectionHandler(database)["default"]) as connection:
            return traces_in_sql(connection, self._words)

    def keys(self) -> list[str]:
        """Search Redis."""
        return traces_in_redis(self._redis, self._words)

    def items(self) -> list[str]:
        """Search DynamoDB."""
        return traces_in_dynamodb(self._aws, STACK, self._words)


def by_command(cluster: Cluster, email: str) -> None:
    cluster.nodes[0].server.manage("erase_person", email, "--yes")


def by_page(cluster: Cluster, email: str) -> None:
    """Sign in to the admin and delete the person there."""
    root = f"http://127.0.0.1:{cluster.nodes[0].port}"
    with blocking_client(base_url=root) as client:
        client.get("/admin/login/")
        token = {"csrfmiddlewaretoken": client.cookies["csrftoken"]}
        director = {"username": "admin@example.com", "password": "demo-password"}
        client.post("/admin/login/", data=director | token)
        ((pk,),) = cluster.rows(f"SELECT id FROM roster_user WHERE email = '{email}'")
        page = f"/admin/roster/user/{pk}/delete/"
        client.get(page)
        token = {"csrfmiddlewaretoken": client.cookies["csrftoken"]}
        assert client.post(page, data={"post": "yes"} | token).status_code == 302


@pytest.fixture
def _looking_into_sql(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Let Django look into the cluster's database, which is none of this process's own."""
    with django_db_blocker.unblock():
        yield


@pytest.mark.usefixtures("_looking_into_sql")
@pytest.mark.parametrize(
    ("database", "erase"),
    [("postgresql", by_command), pytest.param("sqlite", by_page, marks=pytest.mark.soak)],
    indirect=["database"],
)
async def test_a_child_is_erased_while_connected_with_dynamodb_and_redis_away(
    start_cluster: MakeCluster,
    crowd: Crowd,
    engine: Server,
    away: FaultProxy,
    erase: Any,
) -> None:
    mirrored = {"MIRROR": "dynamodb", "AWS_REGION": "us-east-1", "STACK": STACK}
    cluster = start_cluster(nodes=1, DYNAMODB_ENDPOINT_URL=away.url, **mirrored)
    await asyncio.to_thread(cluster.nodes[0].server.manage, "create_tables")
    child = await crowd.one(StudentBot(cluster, cluster.students_of(TUTOR)[0]))
    await child.report("studying")
    async with http_client() as client:
        await Giver(cluster, child.email).give(client)
    storage = Storage(cluster, engine, child.email, *SENTENCES, "session_1")
    await eventually(storage.items, lambda found: len(found) >= 3, SECONDS)
    assert storage.rows()
    # A call that is cut off may be carried out late: its key would be written again 30 s later.
    await eventually(lambda: cluster.rows(PENDING), lambda found: found == [(0,)], SECONDS)

    await away.goes_wrong("refuse")
    cluster.valkey.kill()
    await child.report("paused")
    await asyncio.to_thread(erase, cluster, child.email)
    await eventually(lambda: child.closes, lambda codes: codes == [CloseCode.REMOVED], SECONDS)

    cluster.valkey.start()
    await away.recovers()
    await nothing_left(lambda: storage.items() + storage.rows(), SECONDS)
    assert storage.keys() == []
