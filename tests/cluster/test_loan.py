"""A loan begins and ends while both tutors' dashboards are open, at different processes."""

from datetime import timedelta
from typing import Any

import httpx

from speaktracker.school_days import today
from tests.cluster.bots import Message
from tests.cluster.cluster import Cluster
from tests.cluster.conftest import MakeCluster
from tests.cluster.crowd import Crowd, differences
from tests.cluster.dashboard import DashboardBot
from tests.cluster.student import StudentBot
from tests.cluster.waiting import eventually, nothing_left
from tests.patient_clients import http_client

LENDER, SUBSTITUTE = "tutor1@example.com", "tutor2@example.com"
SECONDS = 20


class SubstituteBoard(DashboardBot):
    """A dashboard to which students come whom no snapshot had, and which they leave unchanged."""

    def _fold(self, action: str, data: Message) -> None:
        email = data["student_email"]
        if action == "student_joined" and data.get("lent_by"):
            self.shown.setdefault(email, {**data, "online": False, "version": 0})
        if action == "student_left" and data["reason"] == "removed":
            # Nothing happened to the student: there is no newer version of them.
            data = {**data, "version": data["version"] + 1}
        super()._fold(action, data)


class Caller:
    """Calls one process as a tutor."""

    def __init__(self, client: httpx.AsyncClient, cluster: Cluster, email: str, node: int) -> None:
        self._client = client
        self._address = f"http://127.0.0.1:{cluster.nodes[node].port}/api/tutor"
        self._headers = {"Authorization": f"Bearer {cluster.token(email)}"}

    async def __call__(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Make one call."""
        address = f"{self._address}/{path}"
        return await self._client.request(method, address, json=body, headers=self._headers)

    async def give(self, student: str) -> httpx.Response:
        """Give a student feedback."""
        body = {"student_email": student, "session_id": "session_1", "message": "잘했어요"}
        return await self("POST", "feedback", {**body, "message_type": "text"})


async def test_a_loan_begins_and_ends_while_dashboards_are_open_at_other_processes(
    start_cluster: MakeCluster, crowd: Crowd
) -> None:
    cluster = start_cluster(nodes=2)
    email = cluster.students_of(LENDER)[0]
    at = [lambda: cluster.nodes[0].port, lambda: cluster.nodes[1].port]
    lender = await crowd.one(DashboardBot(cluster, LENDER, at[0]))
    substitute = await crowd.one(SubstituteBoard(cluster, SUBSTITUTE, at[1]))
    student = await crowd.one(StudentBot(cluster, email, at[0]))
    async with http_client() as client:
        lends = Caller(client, cluster, LENDER, 0)
        stands_in = Caller(client, cluster, SUBSTITUTE, 0)  # not where their dashboard is
        # Until tomorrow, for a class over midnight.
        days = {"first_day": f"{today()}", "last_day": f"{today() + timedelta(days=1)}"}
        loan = {"substitute_email": SUBSTITUTE, **days}
        made = await lends("POST", "loans", loan)
        assert made.status_code == 201, made.text
        await eventually(lambda: substitute.shown.get(email), bool, SECONDS)

        await student.report("studying")
        await nothing_left(lambda: differences([lender, substitute], [student]), SECONDS)
        assert substitute.shown[email]["lent_by"]["tutor_email"] == LENDER
        assert "lent_by" not in lender.shown[email]

        given = await stands_in.give(email)
        assert given.status_code == 201, given.text
        await eventually(lambda: [one["from"] for one in student.shown], bool, SECONDS)
        assert student.shown[0]["from"] == SUBSTITUTE
        gave = given.json()["message_id"]
        await eventually(lambda: substitute.states.get(gave, []), lambda s: "seen" in s, SECONDS)

        assert (await lends("DELETE", f"loans/{made.json()['id']}")).status_code == 204
        left = ["student_joined", "student_left"]
        await eventually(lambda: substitute.edges_of(email), lambda e: e == left, SECONDS)
        assert (await stands_in.give(email)).status_code == 403
        assert (await lends.give(email)).status_code == 201
    await student.report("paused")
    await nothing_left(lambda: differences([lender], [student]), SECONDS)
    await eventually(lambda: substitute.shown, lambda shown: email not in shown, SECONDS)
    assert not crowd.faults()
