"""A dashboard that never reads costs the server little, the others nothing, itself its socket."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.cluster.bots import Message, narrow_socket
from tests.cluster.cluster import Cluster, Node
from tests.cluster.conftest import MakeCluster
from tests.cluster.crowd import Crowd
from tests.cluster.dashboard import DashboardBot
from tests.cluster.lengths import lengths
from tests.cluster.student import StudentBot
from tests.cluster.waiting import eventually
from tests.patient_clients import connect

TUTOR = "tutor1@example.com"
MEGABYTE = 1024 * 1024
TOO_SLOW = 4008
ABNORMAL = 1006


class StopWatchBot(DashboardBot):
    """Notes how long each status took from its student to here."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.delays: list[float] = []

    async def hear(self, frame: Message) -> None:
        """Fold a frame and read the time in its sentence."""
        await super().hear(frame)
        if frame.get("action") == "update" and frame["data"]["current_sentence"]:
            self.delays.append(time.time() - float(frame["data"]["current_sentence"].split()[0]))


class WordyStudentBot(StudentBot):
    """Reports long sentences that begin with the time; wants no acks."""

    async def chatter(self, per_second: float) -> None:
        """Send until cancelled."""
        while True:
            await asyncio.sleep(1 / per_second)
            sentence = f"{time.time():.3f} {'speaking ' * 100}"
            await self.say(
                type="status", status="studying", session_id="s", current_sentence=sentence
            )


@dataclass
class Memory:
    """A node's memory while something goes on."""

    node: Node
    sizes: list[int] = field(default_factory=list)

    async def watch(self) -> None:
        """Measure four times a second, until cancelled."""
        while True:
            self.sizes.append(self.node.memory())
            await asyncio.sleep(0.25)

    @property
    def growth(self) -> int:
        """Return by how many bytes it grew at most."""
        return max(self.sizes) - self.sizes[0]


@lengths(short=1, full=10)
async def test_a_dashboard_that_never_reads_is_closed_and_costs_little(
    start_cluster: MakeCluster, crowd: Crowd, size: int
) -> None:
    cluster = start_cluster(nodes=1, LOG_LEVEL="INFO")
    reader = await crowd.one(StopWatchBot(cluster, TUTOR))
    people = cluster.students_of(TUTOR)[:50]
    students = await crowd.add([WordyStudentBot(cluster, email) for email in people])
    talking = [crowd.run(student.chatter(10)) for student in students]
    await eventually(lambda: len(reader.delays), lambda n: n > 1_000 * size, 60)
    # What the class alone makes of a process that is young, in about as long a time.
    alone, memory = Memory(cluster.nodes[0]), Memory(cluster.nodes[0])
    watching = crowd.run(alone.watch())
    await eventually(lambda: len(reader.delays), lambda n: n > 2_500 * size, 60)
    watching.cancel()
    usual, reader.delays = median(reader.delays), []

    watching = crowd.run(memory.watch())
    lazy = await _open_and_read_nothing(cluster, cluster.nodes[0].port)
    for work in [*talking, watching]:
        work.cancel()
    # The close stands behind all that was not read: on a busy machine the server's patience may
    # end before the client is through, but it was closed for this reason either way.
    assert await _is_closed_with(lazy) in (TOO_SLOW, ABNORMAL)
    log = cluster.nodes[0].server.log
    await eventually(log.read_text, lambda text: f'"close_code": {TOO_SLOW}' in text, 20)
    # Some of it is garbage that is not looked for yet. Ten seconds of frames would be 15 MB.
    assert memory.growth < alone.growth + 12 * MEGABYTE, (alone.sizes, memory.sizes)
    assert median(reader.delays) < usual + 5, "others wait for nobody, but may for the machine"
    assert not crowd.faults()


async def _open_and_read_nothing(cluster: Cluster, port: int) -> ClientConnection:
    """Open a dashboard and read nothing until the server has given it up."""
    lazy = await connect(
        f"ws://127.0.0.1:{port}/ws/",
        additional_headers={"Authorization": f"Bearer {cluster.token(TUTOR)}"},
        sock=narrow_socket(port),
        compression=None,
        max_queue=1,
    )
    await eventually(lambda: _dashboards(cluster), lambda count: count == 2, 20)
    await eventually(lambda: _dashboards(cluster), lambda count: count == 1, 60)
    return lazy


async def _is_closed_with(lazy: ClientConnection) -> int | None:
    """Read what was on its way, up to the close."""
    with suppress(ConnectionClosed):
        while True:
            await lazy.recv()
    return lazy.close_code


def _dashboards(cluster: Cluster) -> int:
    query = "SELECT count(*) FROM realtime_connection WHERE user_type = 'tutor'"
    return int(cluster.rows(query)[0][0])
