"""A lesson: everything that students, tutors and their API do, once."""

import asyncio
from typing import Any

import psycopg

from tests.cluster.cluster import Cluster
from tests.cluster.dashboard import DashboardBot
from tests.cluster.databases import TESTS
from tests.cluster.student import StudentBot
from tests.cluster.waiting import nothing_left
from tests.patient_clients import http_client
from tests.plans.big_school import ACTIVE_TUTORS, TUTORS

TUTOR = "tutor1@example.com"


async def give_lesson(cluster: Cluster) -> None:
    """Have a tutor teach two students, and the roster change meanwhile."""
    one, two = (f"student{TUTORS + 1 + number * ACTIVE_TUTORS}@example.com" for number in (0, 1))
    board = DashboardBot(cluster, TUTOR)
    students = [StudentBot(cluster, email) for email in (one, two)]
    bots = [board, *students]
    try:
        await asyncio.gather(*(bot.start() for bot in bots))
        for status in ("studying", "paused", "finished"):
            await asyncio.gather(*(student.report(status) for student in students))
            await nothing_left(lambda: [s.email for s in students if not s.acked], 30)
        await board.say(type="dashboard", action="refresh")
        await call_api(cluster, one)
        await nothing_left(lambda: [s.email for s in students[:1] if not s.shown], 30)
        change_roster(cluster, two)
        await nothing_left(lambda: [s.email for s in students[1:] if s.email in board.shown], 30)
    finally:
        await asyncio.gather(*(bot.stop() for bot in bots))


async def call_api(cluster: Cluster, student: str) -> None:
    """Give feedback, and read all lists in all ways."""
    api = f"http://127.0.0.1:{cluster.nodes[0].port}/api"
    async with http_client() as client:

        async def ask(who: str, path: str, **options: Any) -> Any:
            method = "POST" if "json" in options else "GET"
            headers = {"Authorization": f"Bearer {cluster.token(who)}", "Idempotency-Key": "a-key"}
            answer = await client.request(method, f"{api}/{path}", headers=headers, **options)
            assert answer.is_success, f"{path}: {answer.text}"
            return answer.json()

        body = {"session_id": "session_1", "message": "Well said", "message_type": "text"}
        for _ in range(2):  # the second is the first one's repetition
            await ask(TUTOR, "tutor/feedback", json={**body, "student_email": student})
        for who, path in ((TUTOR, "tutor/feedback"), (student, "student/feedback")):
            filters: list[dict[str, str]] = [{}, {"session_id": "session_1"}]
            if who == TUTOR:
                filters += [{**some, "student_email": student} for some in filters]
            for some in filters:
                page = await ask(who, path, params=some)
                if page["next"]:
                    await ask(who, path, params={**some, "before": page["next"]})
        await ask(TUTOR, "tutor/students")
        await ask(student, "realtime/ticket", json={})


def change_roster(cluster: Cluster, student: str) -> None:
    """Give a student another tutor, and deactivate a tutor, as raw SQL would."""
    with psycopg.connect(cluster.database.url, application_name=TESTS) as connection:
        connection.execute(
            "UPDATE roster_tutorstudent SET tutor_id = 2 FROM roster_user s"
            " WHERE s.id = student_id AND s.email = %s",
            [student],
        )
        connection.execute("UPDATE roster_user SET is_active = false WHERE id BETWEEN 3 AND 4")
