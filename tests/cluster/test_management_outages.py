"""The Management API while something is away: never 410 for a living socket, never twice."""

import signal
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest

from tests.cluster.cluster import Cluster
from tests.cluster.conftest import MakeCluster
from tests.cluster.databases import PostgreSQL
from tests.cluster.management_calls import KEYS, Answered, HandMade, Listener, send_by_hand

pytestmark = pytest.mark.xdist_group("management-outages")
# A dead process is told from one that is away by its lease (20 s), the reaper (5 s) and us.
GONE_WITHIN_SECONDS = 45


@pytest.fixture
def cluster(start_cluster: MakeCluster) -> Cluster:
    return start_cluster(MANAGEMENT_API_KEYS=KEYS)


@pytest.fixture
def listener(cluster: Cluster) -> Iterator[Listener]:
    """A student's socket at the first process."""
    with closing(Listener(cluster, "student1@example.com", cluster.nodes[0].port)) as made:
        yield made


class Caller:
    """Somebody who posts to one connection through either process."""

    def __init__(self, cluster: Cluster, connection_id: str) -> None:
        self.holder, self.other = (node.port for node in cluster.nodes)
        self._connection_id = connection_id

    def post(self, port: int, text: str, **more: Any) -> int:
        """Post and return the status; no answer takes ten seconds."""
        began = time.monotonic()
        wanted = HandMade(body=text.encode(), **more).to(self._connection_id)
        answered: Answered = send_by_hand(wanted, port)
        assert time.monotonic() - began < 10, answered
        return answered.status


def _age_leases(cluster: Cluster) -> None:
    with psycopg.connect(cluster.database.url, autocommit=True) as sql:
        sql.execute("UPDATE realtime_serverlease SET renewed_at = renewed_at - interval '1 hour'")


def test_a_living_socket_is_never_gone(cluster: Cluster, listener: Listener) -> None:
    caller = Caller(cluster, listener.connection_id)
    assert caller.post(caller.other, "before") == 200
    cluster.nodes[0].signal(signal.SIGSTOP)
    assert caller.post(caller.other, "to a process that hangs") == 503
    cluster.nodes[0].signal(signal.SIGCONT)
    assert caller.post(caller.holder, "it goes on") == 200
    cluster.valkey.pause()
    assert caller.post(caller.other, "while Redis hangs") == 503
    assert caller.post(caller.holder, "to the holder") == 200
    cluster.valkey.resume()
    assert isinstance(cluster.database, PostgreSQL)
    cluster.database.stop()
    assert caller.post(caller.other, "without a database") == 503
    assert caller.post(caller.holder, "without a database") == 200
    cluster.database.start()
    _age_leases(cluster)
    assert caller.post(caller.other, "while leases look old") in (200, 503)
    frames = [listener.next() for _ in range(4)]
    assert frames == ["before", "it goes on", "to the holder", "without a database"]


@pytest.mark.parametrize("ages", [True, pytest.param(False, marks=pytest.mark.soak)])
def test_a_killed_process_leaves_nothing_behind(
    cluster: Cluster, listener: Listener, ages: bool
) -> None:
    caller = Caller(cluster, listener.connection_id)
    assert caller.post(caller.other, "before") == 200
    cluster.nodes[0].kill()
    killed_at = time.monotonic()
    assert caller.post(caller.other, "to the dead") in (410, 503)
    if ages:
        _age_leases(cluster)
    while (status := caller.post(caller.other, "to the dead")) != 410:
        assert status == 503
        assert time.monotonic() - killed_at < GONE_WITHIN_SECONDS
