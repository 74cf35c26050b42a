"""Three workers, sockets at each: /metrics and CloudWatch say the truth, whoever is killed."""

import json
import os
import signal
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.cloudwatch.added_up import (
    Document,
    documents,
    maximum,
    percentile,
    periods,
    total,
    values,
)
from tests.cluster.cluster import Cluster, Node
from tests.cluster.conftest import MakeCluster
from tests.cluster.lengths import lengths
from tests.cluster.waiting import eventually
from tests.patient_clients import call, connect

WORKERS, SOCKETS = 3, 15
TUTOR = "tutor1@example.com"
STATUS = json.dumps({"type": "status", "status": "studying", "session_id": "s", "progress": 1})
METRICS = {"EMF_NAMESPACE": "School", "EMF_SECONDS": "1", "STACK": "one"}


def with_mirror() -> dict[str, str]:
    """Nobody answers there: a process is the relay all the same."""
    nowhere = "http://127.0.0.1:1"
    keys = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}
    return {
        "MIRROR": "dynamodb",
        "AWS_REGION": "eu-west-1",
        "DYNAMODB_ENDPOINT_URL": nowhere,
        **keys,
    }


class Watch:
    """One server with workers, seen by Prometheus and by CloudWatch."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        (self.node,) = cluster.nodes

    def scraped(self, name: str, **labels: str) -> float:
        """Ask /metrics, whichever worker answers, and add up the samples of one name."""
        text = call("GET", f"{self.node.server.url}/metrics").text
        return sum(
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def told(self) -> list[Document]:
        """Read all lines of metrics so far."""
        # The last line may be half there.
        return documents(self.node.server.log.read_text().split("\n")[:-1])

    def now_told(self) -> float | None:
        """Answer Maximum of the last period in which somebody told of the installation."""
        of_all = [line for line in self.told() if "ActiveConnections" in line]
        last = periods(of_all, 1)
        return maximum(last[max(last)], "ActiveConnections") if last else None

    def teller(self) -> int:
        """Name the process that told last."""
        of_all = [line for line in self.told() if "ActiveConnections" in line]
        return int(of_all[-1]["process"].rpartition(":")[2])

    def sockets_of(self) -> dict[int, int]:
        """Count in SQL the sockets of each worker."""
        return dict(
            self.cluster.rows(
                "SELECT s.pid, count(c.connection_id) FROM realtime_serverlease s"
                " LEFT JOIN realtime_connection c ON c.server_id = s.boot_id GROUP BY s.pid"
            )
        )

    async def both_say(self, sockets: int) -> None:
        """Wait until both say how many sockets stand."""
        await eventually(lambda: self.scraped("speaktracker_active_connections"), _is(sockets), 30)
        await eventually(self.now_told, _is(sockets), 60)

    async def killed(self, pid: int) -> None:
        """Kill a worker, and wait until another took its place."""
        os.kill(pid, signal.SIGKILL)
        await eventually(lambda: workers_of(self.node), lambda now: len(now - {pid}) == WORKERS, 60)

    async def counts_agree(self, statuses: int) -> None:
        """Wait until each status is counted, and see that CloudWatch and Prometheus agree."""
        await eventually(lambda: total(self.told(), "Messages"), _is(statuses), 30)
        assert self.scraped("speaktracker_messages_total") == statuses
        shown = self.scraped("speaktracker_message_delay_seconds_count")
        await eventually(lambda: len(values(self.told(), "MessageDelay")), _is(shown), 30)
        assert shown == statuses
        assert 0 < percentile(self.told(), "MessageDelay", 99) < 30


def _is(wanted: float) -> Callable[[Any], bool]:
    return lambda found: bool(found == wanted)


def _is_another(than: int) -> Callable[[int], bool]:
    return lambda found: found != than


def workers_of(node: Node) -> set[int]:
    return {child.pid for child in psutil.Process(node.pid).children()}


async def opened(cluster: Cluster, held: AsyncExitStack, email: str) -> None:
    """Open a socket that does not come back."""
    token = {"Authorization": f"Bearer {cluster.token(email)}"}
    address = cluster.nodes[0].server.ws_url
    # Nobody reads on: what comes must not fill the client's queue, or no ping is answered.
    options = {"additional_headers": token, "max_queue": None}
    socket = await held.enter_async_context(connect(address, **options))
    await socket.recv()  # only then it is recorded
    if email != TUTOR:
        await socket.send(STATUS)


async def spread(watch: Watch, held: AsyncExitStack) -> dict[int, int]:
    """Open sockets until each worker has some; say how many which has."""
    people = iter([TUTOR, *watch.cluster.students_of(TUTOR)])
    deadline = time.monotonic() + 60
    for _ in range(SOCKETS):
        await opened(watch.cluster, held, next(people))
    while len(have := {pid: n for pid, n in watch.sockets_of().items() if n}) < WORKERS:
        assert time.monotonic() < deadline
        await opened(watch.cluster, held, next(people))
    return have


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@lengths(short=("mirror", ["teller"]), full=("off", ["teller", "other", "teller"]))
async def test_what_workers_hold_and_count_is_told_truly_whoever_is_killed(
    start_cluster: MakeCluster, size: tuple[str, list[str]]
) -> None:
    mirror = with_mirror() if size[0] == "mirror" else {}
    watch = Watch(start_cluster(nodes=1, workers=WORKERS, **METRICS, **mirror))
    async with AsyncExitStack() as held:
        have = await spread(watch, held)
        await watch.both_say(left := sum(have.values()))
        counted = watch.scraped("speaktracker_connects_accepted_total")
        assert counted == left
        await watch.counts_agree(left - 1)
        started = "process_start_time_seconds"  # which the dashboard counts
        assert all(watch.scraped(started, pid=str(pid)) for pid in workers_of(watch.node))
        for victim in size[1]:
            teller = watch.teller()
            others = [pid for pid in workers_of(watch.node) if pid != teller]
            pid = teller if victim == "teller" else max(others, key=lambda one: have.get(one, 0))
            left -= have.get(pid, 0)
            await watch.killed(pid)
            await watch.both_say(left)
            await eventually(watch.teller, _is_another(pid), 40)
        await watch.counts_agree(sum(have.values()) - 1)
        # What the dead counted still counts, and what left with them was lost.
        assert watch.scraped("speaktracker_connects_accepted_total") == counted
        assert watch.scraped("process_resident_memory_bytes", pid=str(teller)) == 0
        lost = sum(have.values()) - left
        await eventually(lambda: total(watch.told(), "ConnectionsLost"), _is(lost), 30)
        assert watch.scraped("speaktracker_connections_removed_total", cause="reaper") == lost
        assert maximum(watch.told(), "ActiveConnections") == sum(have.values())
    watch.node.stop()
    assert total(watch.told(), "ConnectionsRemoved") == sum(have.values())
    one_teller = [
        len({one["process"] for one in lines if "ActiveConnections" in one})
        for lines in periods(watch.told(), 1).values()
    ]
    assert max(one_teller) == 1
