"""No list of the admin reads a big table, however it is filtered, sorted, searched or paged."""

import pytest

from tests.plans.conftest import BigSchool
from tests.plans.logged_plans import MOST_OF_ONE, Plan

pytestmark = [pytest.mark.xdist_group("plans"), pytest.mark.timeout(300)]

# What one step may look at: everybody by an index, or a quarter of the records.
MOST_ROWS = 250_000
# The pages of a list are counted so far and no further; a shorter table may be read for it.
MOST_COUNTED = 100_000
ALLOWED = {
    # By indexes alone, a row of each for each student.
    'U0."student_id" = ("roster_user"."id")': "whom nobody teaches, which only all can tell",
}
# What a deletion looks for names in: one reading of the log for all whom it takes.
ERASING = {
    '"django_admin_log"."object_repr"::text LIKE': "names and addresses in sentences have no index",
    '"persistence_change"."key" AS "key" FROM "persistence_change"': "what was done in a minute",
}


@pytest.mark.parametrize("with_pairs", [False, pytest.param(True, marks=pytest.mark.soak)])
def test_lists_of_the_admin_read_no_table(school: BigSchool, with_pairs: bool) -> None:
    plans = school.walk("admin_walk", f"walk_admin({with_pairs=})")
    assert len(plans) > 500
    plans = [plan for plan in plans if not counts_pages(plan)]
    faults = school.plans.faults(plans, ALLOWED, MOST_ROWS)
    assert not faults, "\n\n".join(faults)


def test_whom_rows_name_is_told_by_indexes_whatever_they_are_thought_to_cost(
    school: BigSchool,
) -> None:
    school.database.set("random_page_cost", "20")
    try:
        plans = school.walk("admin_walk", "walk_searches()")
    finally:
        school.database.set("random_page_cost", "4")
    plans = [plan for plan in plans if plan.sql.startswith('SELECT "roster_user"."id"')]
    assert len(plans) > 20
    # People themselves are looked for as `people_called` does.
    read = {table for plan in plans for table in plan.tables_read()}
    assert not read - {"roster_user"}


def test_what_is_inside_a_name_is_found_by_an_index_whatever_it_is_thought_to_cost(
    school: BigSchool,
) -> None:
    school.database.set("random_page_cost", "20")
    try:
        plans = school.walk("admin_walk", "walk_what_is_inside()")
    finally:
        school.database.set("random_page_cost", "4")
    plans = [plan for plan in plans if "roster_pieces(" in plan.sql]
    assert len(plans) > 50
    assert all("people_by_pieces" in plan.indexes_used() for plan in plans)
    assert not [plan.sql for plan in plans if "roster_user" in plan.tables_read()]


def test_what_people_do_beside_lessons_reads_no_table(school: BigSchool) -> None:
    plans = school.walk("caller_walk", "walk_calls()")
    plans = [plan for plan in plans if not counts_pages(plan)]
    faults = school.plans.faults(plans, ALLOWED | ERASING, MOST_OF_ONE)
    assert not faults, "\n\n".join(faults)


def counts_pages(plan: Plan) -> bool:
    """Tell a count that keeps its bound."""
    return f"LIMIT {MOST_COUNTED})" in plan.sql and plan.rows <= MOST_COUNTED
