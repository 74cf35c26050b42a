"""Feedback over REST, as a tutor's client gives it: with a key, again until it has an answer."""

import asyncio
import itertools
from uuid import uuid4

import httpx

from tests.cluster.cluster import Cluster

CALL_SECONDS = 12  # then it is tried again, at whichever node is up
ANSWERS = (201, 202)


class Giver:
    """Gives one student feedback after feedback, in order, and remembers what was stored."""

    def __init__(self, cluster: Cluster, student: str) -> None:
        self.cluster = cluster
        self.student = student
        self.given: list[str] = []
        self.outcomes: list[str] = []
        self._numbers = itertools.count(1)

    async def give(self, client: httpx.AsyncClient) -> None:
        """Give one and insist on an answer, from whichever node has one."""
        body = {
            "student_email": self.student,
            "session_id": "session_1",
            "message": f"{self.student} {next(self._numbers)}",
            "message_type": "text",
        }
        key = uuid4().hex
        while not await self._post(client, body, key):  # noqa: ASYNC110
            await asyncio.sleep(0.2)

    async def _post(self, client: httpx.AsyncClient, body: dict[str, str], key: str) -> bool:
        token = self.cluster.token(self.cluster.tutor_of(self.student))
        try:
            answer = await client.post(
                f"http://127.0.0.1:{self.cluster.some_port()}/api/tutor/feedback",
                json=body,
                headers={"Authorization": f"Bearer {token}", "Idempotency-Key": key},
                timeout=CALL_SECONDS,
            )
        except (httpx.HTTPError, IndexError):
            return False
        if answer.status_code == 503:
            return False
        assert answer.status_code in ANSWERS, answer.text
        given = answer.json()
        self.given.append(given["message_id"])
        self.outcomes.append(given["delivery"]["status"])
        return True
