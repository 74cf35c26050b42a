"""Machines whose clocks are ten minutes apart: all go by the database's, and say so."""

import re

import httpx
import pytest

from tests.cluster.cluster import Cluster, Node
from tests.cluster.conftest import MakeCluster
from tests.cluster.crowd import Crowd, differences
from tests.cluster.dashboard import DashboardBot
from tests.cluster.giver import Giver
from tests.cluster.random_faults.process_faults import clock_off_by
from tests.cluster.student import StudentBot
from tests.cluster.waiting import eventually, nothing_left
from tests.patient_clients import connect, http_client

TUTOR, PASSWORD = "tutor1@example.com", "demo-password"
SECONDS = 30
SKEW = 300


@pytest.fixture
def cluster(start_cluster: MakeCluster) -> Cluster:
    programs = [clock_off_by(-SKEW), clock_off_by(SKEW)]
    return start_cluster(programs=programs, REJOIN_GRACE_SECONDS="6")


async def test_what_one_dates_the_other_can_judge(cluster: Cluster, crowd: Crowd) -> None:
    ports = [node.port for node in cluster.nodes]
    at = [ports[0]]  # where the student is
    boards = await crowd.add([DashboardBot(cluster, TUTOR, lambda p=p: p) for p in ports])
    student = await crowd.one(StudentBot(cluster, cluster.students_of(TUTOR)[0], lambda: at[0]))
    giver = Giver(cluster, student.email)
    async with http_client() as client:
        for port in (*ports[::-1], *ports):
            at[0] = port
            await student.reload()
            await student.is_here()
            await student.report()
            await giver.give(client)
        for here, there in (ports, ports[::-1]):
            await credentials_hold(client, cluster.students_of(TUTOR)[1], here, there)
        for node, ahead in zip(cluster.nodes, (SKEW, -SKEW), strict=True):
            await is_told(client, node, ahead)
    await eventually(
        lambda: [frame["message_id"] for frame in student.shown],
        lambda shown: shown == giver.given,
        SECONDS,
    )
    times = [frame["timestamp"] for frame in student.shown]
    assert times == sorted(times)
    await nothing_left(lambda: differences(boards, [student]), SECONDS)
    await student.stop()
    await eventually(
        lambda: [board.edges_of(student.email) for board in boards],
        lambda edges: edges == [["student_joined", "student_left"]] * 2,
        SECONDS,
    )
    assert not crowd.faults()


async def credentials_hold(client: httpx.AsyncClient, email: str, here: int, there: int) -> None:
    """Use at one node what another has given: tokens, a ticket, a refresh token."""
    one, other = f"http://127.0.0.1:{here}/api", f"http://127.0.0.1:{there}/api"
    signs_in = {"email": email, "password": PASSWORD}
    pair = (await client.post(f"{one}/auth/token", json=signs_in)).json()
    headers = {"Authorization": f"Bearer {pair['access']}"}
    mine = await client.get(f"{other}/student/feedback", headers=headers)
    assert mine.status_code == 200, mine.text
    ticket = (await client.post(f"{one}/realtime/ticket", headers=headers)).json()["ticket"]
    # Whoever makes one sweeps those that have expired.
    await client.post(f"{other}/realtime/ticket", headers=headers)
    async with connect(f"ws://127.0.0.1:{there}/ws/?ticket={ticket}") as socket:
        assert '"connection_success"' in str(await socket.recv())
    again = await client.post(f"{other}/auth/token/refresh", json={"refresh": pair["refresh"]})
    assert again.status_code == 200, again.text


async def is_told(client: httpx.AsyncClient, node: Node, ahead: int) -> None:
    """See the log and the metrics say how far the database's clock is ahead, and no delay of it."""
    log = node.server.log.read_text()
    # What a busy machine measures is off by half of the time that the answer took.
    assert len(re.findall(r"This machine's clock is (?:299|30[01])\.\d s", log)) == 1
    text = (await client.get(f"http://127.0.0.1:{node.port}/metrics")).text
    values = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert abs(float(values["speaktracker_clock_offset_seconds"]) - ahead) < 1.5
    assert 0 <= float(values["speaktracker_message_delay_seconds_sum"]) < SKEW
