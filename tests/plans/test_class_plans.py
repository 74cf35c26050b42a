"""Neither lessons nor what a process does beside them read a table from end to end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster
from tests.cluster.waiting import eventually
from tests.persistence import engines
from tests.plans.conftest import MIRROR, BigSchool
from tests.plans.lesson import give_lesson
from tests.plans.logged_plans import MOST_OF_ONE, Plan
from tests.valkey import running_valkey

pytestmark = [pytest.mark.xdist_group("plans"), pytest.mark.timeout(300)]

# What must have been seen, or its plan was not looked at.
DUTIES = (
    'UPDATE "realtime_serverlease"',
    'DELETE FROM "realtime_practicesession"',
    'DELETE FROM "realtime_classstay"',
    'DELETE FROM "realtime_practicechange"',
    'UPDATE "realtime_classstay"',
    'DELETE FROM "feedback_feedback"',
    'DELETE FROM "identity_refreshfamily"',
    'DELETE FROM "identity_ticket"',
    'DELETE FROM "django_session"',
    'DELETE FROM "passwords_firstcode"',
    'DELETE FROM "roster_rosterchange"',
    'DELETE FROM "roster_loan"',
    'DELETE FROM "guard_failedtry"',
    'DELETE FROM "guard_knownaddress"',
    'DELETE FROM "persistence_change"',
    'DELETE FROM "realtime_connection"',
    'UPDATE "persistence_change"',
    '"feedback_feedback"."timestamp") IN (VALUES',
    '"realtime_practicesession"."session_id") IN (VALUES',
    '"realtime_presence"."leave_due_at" IS NOT NULL',
)
# A relay that takes over writes again what was written in the last minute.
ALLOWED = {'SET "done_at" = NULL': "as much as was written in a minute, in one step"}
COUNTED = {'"persistence_change"."id" <=': "what a rebuild waits for, counted ever more rarely"}
# A letter's link is signed with the hash that there is; it may go to an address that was typed.
LETTERS = ('"passwords_letter"', 'WHERE "roster_user"."email" = ')


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[dict[str, str]]:
    """The settings of a mirror whose tables are there."""
    with engines.engine("ministack") as server:
        yield {**MIRROR, "DYNAMODB_ENDPOINT_URL": f"http://127.0.0.1:{server.port}"}


def test_comparing_the_mirror_reads_no_table(school: BigSchool, dynamodb: dict[str, str]) -> None:
    plans = school.walk("verification_walk", "walk_verification()", **dynamodb)
    faults = school.plans.faults(plans, ALLOWED | COUNTED, MOST_OF_ONE)
    assert not faults, "\n\n".join(faults)


def test_a_relay_of_some_shares_reads_no_table(school: BigSchool) -> None:
    plans = school.walk("verification_walk", "walk_shares()", **MIRROR)
    assert any("LATERAL" in plan.sql for plan in plans)
    faults = school.plans.faults(plans, ALLOWED, MOST_OF_ONE)
    assert not faults, "\n\n".join(faults)


@pytest.fixture
def cluster(school: BigSchool, dynamodb: dict[str, str], tmp_path: Path) -> Iterator[Cluster]:
    """One process with its mirror, on the school's database."""
    with running_valkey() as valkey:
        made = Cluster(
            tmp_path, school.database, valkey, 1, 1, **dynamodb, REJOIN_GRACE_SECONDS="1"
        )
        school.plans.take()
        made.start()
        yield made
        made.close()


async def test_lessons_and_duties_read_no_table(school: BigSchool, cluster: Cluster) -> None:
    seen: list[Plan] = []

    def unseen() -> list[str]:
        seen.extend(school.plans.take())
        return [text for text in DUTIES if not any(text in plan.sql for plan in seen)]

    await give_lesson(cluster)
    await eventually(unseen, lambda left: not left, 60)
    faults = school.plans.faults(seen, ALLOWED, MOST_OF_ONE)
    assert not faults, "\n\n".join(faults)
    checks = [plan.sql for plan in seen if not any(text in plan.sql for text in LETTERS)]
    assert not [sql for sql in checks if '"password"' in sql]
