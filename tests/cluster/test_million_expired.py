"""A million expired rows leave while a class goes on: how long its requests take meanwhile."""

import asyncio
import sqlite3
import sys
import time
from contextlib import closing
from typing import NamedTuple

import httpx
import psycopg
import pytest

from tests.cluster.cluster import Cluster
from tests.cluster.conftest import MakeCluster
from tests.cluster.crowd import Crowd
from tests.cluster.databases import Database, SQLite
from tests.cluster.giver import Giver
from tests.cluster.student import StudentBot
from tests.patient_clients import http_client

TUTOR, CLASS = "tutor1@example.com", 20
OF_EACH = 500_000
LEFT = (
    "SELECT (SELECT count(*) FROM feedback_feedback WHERE sequence < 0)"
    " + (SELECT count(*) FROM realtime_practicesession WHERE session_id LIKE 'old%')"
)
NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {})"
# Fifty students, those of the class that goes on among them.
STUDENT = "(SELECT min(id) FROM roster_user WHERE user_type = 'student') + n % 50"
OLD = "'2020-01-01 00:00:00+00:00'"
FEEDBACK = (
    NUMBERS + " INSERT INTO feedback_feedback (message_id, student_id, student_email, tutor_email,"
    " session_id, message, message_type, speak, timestamp, expires_at, sequence, state,"
    f" request_digest, outcome_connections) SELECT {{}}, {STUDENT}, 'a@b', 'c@d', 's' || n, 'm',"
    f" 'text', {{}}, {OLD}, {OLD}, -n, 'seen', '', 0 FROM numbers"
)
SESSIONS = (
    NUMBERS + " INSERT INTO realtime_practicesession (student_id, session_id, student_email,"
    " tutor_email, status, current_sentence, progress, started_at, last_update, ended_at, version)"
    f" SELECT {STUDENT}, 'old' || n, 'a@b', 'c@d', 'idle', 's', 0, {OLD}, {OLD}, {OLD}, 0"
    " FROM numbers"
)


class Took(NamedTuple):
    """How long a request took, and when it was begun (monotonic seconds)."""

    seconds: float
    began: float


def fill(database: Database) -> None:
    """Store a million rows that expired years ago."""
    if isinstance(database, SQLite):
        with closing(sqlite3.connect(database.path)) as connection:
            connection.execute(FEEDBACK.format(OF_EACH, "printf('%032x', n)", 0))
            connection.execute(SESSIONS.format(OF_EACH))
            connection.commit()
        return
    with psycopg.connect(database.url) as server:
        sql = FEEDBACK.format(OF_EACH, "lpad(to_hex(n), 32, '0')::uuid", "false")
        server.execute(sql.replace(OLD, f"{OLD}::timestamptz").encode())
        server.execute(SESSIONS.format(OF_EACH).replace(OLD, f"{OLD}::timestamptz").encode())


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
async def test_a_million_expired_rows_leave_while_a_class_goes_on(
    start_cluster: MakeCluster, crowd: Crowd, database: Database
) -> None:
    fill(database)
    cluster = start_cluster(nodes=1)
    students = await crowd.add(
        [StudentBot(cluster, email) for email in cluster.students_of(TUTOR)[-CLASS:]]
    )
    for student in students:
        crowd.run(student.keep_reporting(1))
    beside: list[Took] = []
    afterwards: list[Took] = []
    async with http_client() as client:

        async def ask_for(seconds: float, took: list[Took]) -> None:
            asked = (ask(cluster, client, s.email, took, seconds) for s in students[:4])
            await asyncio.gather(*asked)

        # The first requests open connections and load what is loaded late, on an idle server too.
        await ask_for(1, [])

        while await asyncio.to_thread(rows_left, cluster):  # a second, in which others go on
            await ask_for(30, beside)
        for _ in range(4):
            await ask_for(30, afterwards)
    tell("Beside the purge", beside)
    tell("Afterwards", afterwards)
    assert crowd.faults() == []


def tell(when: str, took: list[Took]) -> None:
    """Print how long requests took, and when the slowest were begun after the first."""
    first = took[0].began
    took = sorted(took)
    slowest = ", ".join(f"{one.seconds:.3f} s at {one.began - first:.1f} s" for one in took[-4:])
    sys.stdout.write(
        f"{when} {len(took)} requests: median {took[len(took) // 2].seconds:.3f} s,"
        f" 99 % {took[len(took) * 99 // 100].seconds:.3f} s, slowest {slowest}\n"
    )


def rows_left(cluster: Cluster) -> int:
    """Count the expired rows that are there still."""
    ((left,),) = cluster.rows(LEFT)
    return int(left)


async def ask(
    cluster: Cluster, client: httpx.AsyncClient, email: str, took: list[Took], seconds: float
) -> None:
    """Give feedback for so long, and note how long each took."""
    giver, end = Giver(cluster, email), time.monotonic() + seconds
    while (began := time.monotonic()) < end:
        await giver.give(client)
        took.append(Took(time.monotonic() - began, began))
        await asyncio.sleep(0.1)
