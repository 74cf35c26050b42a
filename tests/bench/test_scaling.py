"""The plan in docs/scaling.md is what its unit costs come to."""

from dataclasses import replace

import pytest

from bench.scaling.__main__ import PAGE, PICTURE, filled, tables
from bench.scaling.aws_prices import MonthlyBill
from bench.scaling.installation_plan import InstallationPlan, Lesson
from bench.scaling.plan_picture import draw_plan
from bench.scaling.plan_tables import SIZES
from bench.scaling.unit_costs import UnitCosts, costs_of, kept_rows, two_costs

COSTS = UnitCosts(
    status_server=100,
    status_redis=10,
    status_out_bytes=500,
    row_postgresql=50,
    row_wal_bytes=1_000,
    item_server=0,
    item_postgresql=0,
    socket_server=10,
    socket_postgresql=2,
    socket_kib=30,
    come_server=5_000,
    come_postgresql=1_000,
    leave_server=2_000,
    leave_postgresql=500,
)


def plan(students: int = 12_000, **lesson: float) -> InstallationPlan:
    """Plan for students of a tutor each, who report once in 2 s."""
    return InstallationPlan(students, COSTS, replace(Lesson(students_of_a_tutor=1), **lesson))  # type: ignore[arg-type]


def test_the_page_has_the_tables_that_its_unit_costs_come_to() -> None:
    page = PAGE.read_text(encoding="utf-8")
    rows, lesson = kept_rows(), Lesson()
    assert filled(page, tables(rows, lesson, SIZES)) == page
    costs = costs_of(rows, lesson.journal_seconds)
    assert PICTURE.read_text(encoding="utf-8") == draw_plan(costs, lesson)


def test_cores_are_added_up_from_statuses_and_sockets() -> None:
    found = plan()
    assert found.statuses == 6_000
    assert found.server_cores == pytest.approx(6_000 * 100e-6 + 24_000 * 10e-6)
    assert found.server_storm_cores == pytest.approx(100 * 5_000e-6 + found.server_cores / 2)
    assert found.postgresql_cores == pytest.approx(2_400 * 50e-6 + 24_000 * 2e-6)


def test_a_row_is_written_no_more_often_than_a_status_comes() -> None:
    assert plan(status_seconds=20).rows == 600
    assert plan(mirror_seconds=50).items == 240


def test_no_core_is_busy_for_more_than_half_the_time() -> None:
    found = plan()
    busiest = max(found.server_cores, found.server_storm_cores)
    assert (found.processes - 1) * 0.5 < busiest <= found.processes * 0.5


def test_a_tenth_of_the_sessions_cost_a_tenth_of_their_writes() -> None:
    connections = MonthlyBill(plan(mirror_seconds=1e9)).dynamodb
    often, seldom = (MonthlyBill(plan(mirror_seconds=pause)).dynamodb for pause in (5, 50))
    assert seldom - connections == pytest.approx((often - connections) / 10)


def test_what_everybody_costs_who_only_listens_is_no_part_of_a_status() -> None:
    parts = ("server processes", "PostgreSQL", "Valkey")

    def row(how: str, seconds: float, count: int, cpu: float, **more: float) -> dict[str, object]:
        counted = {"statements": 10, "wal_bytes": 1_000, "mirrored": 0, **more}
        return {"how": how, "seconds": seconds, "count": count, **counted} | {
            "cpu": dict.fromkeys(parts, cpu)
        }

    rows = [
        row("arrive", 10, 100, 2.0, empty_kib=1_000),
        row("join", 1, 100, 1.0),
        row("rest", 10, 110, 1.0),
        row("report", 10, 1_000, 3.0, text_bytes=400_000, shown=1_000, memory_kib=4_000),
        row("leave", 10, 100, 1.5),
    ]
    found = costs_of(rows, journal_seconds=5)
    assert found.status_server == pytest.approx(2_000)  # 2 s of 1,000 statuses
    assert found.row_postgresql == pytest.approx(10_000)  # 200 rows
    assert found.socket_server == pytest.approx(1e6 * 0.1 / 110)
    assert found.come_server == pytest.approx(1e6 * (2.0 - 0.5 + 1.0 - 0.05) / 100)
    assert found.status_out_bytes == 500
    assert found.socket_kib == 30


def test_two_costs_are_told_apart_where_their_counts_differ() -> None:
    assert two_costs([(10, 1, 1_300), (20, 1, 2_300), (10, 4, 2_200)]) == pytest.approx((100, 300))
    assert two_costs([(10, 1, 1_000)]) == (100, 0)
