"""The tables of docs/scaling.md, computed from unit costs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace

from bench.results.markdown_table import markdown_table, number
from bench.scaling.aws_prices import PARTS, MonthlyBill
from bench.scaling.installation_plan import InstallationPlan, Lesson, most_students
from bench.scaling.unit_costs import UnitCosts

Lines = Mapping[str, Sequence[float | None]]
SIZES = (1_000, 10_000, 100_000, 1_000_000)
COST_TITLES = {
    "status_server": ("server processes, a status", "µs"),
    "status_redis": ("Redis, a status", "µs"),
    "status_out_bytes": ("to the dashboard, a status, with 100 bytes of headers", "bytes"),
    "row_postgresql": ("PostgreSQL, a journaled row", "µs"),
    "row_wal_bytes": ("PostgreSQL's log, a journaled row", "bytes"),
    "item_server": ("server processes, a session that changes in DynamoDB", "µs"),
    "item_postgresql": ("PostgreSQL, the same", "µs"),
    "socket_server": ("server processes, a socket and second", "µs"),
    "socket_postgresql": ("PostgreSQL, a socket and second", "µs"),
    "socket_kib": ("memory, a socket", "KiB"),
    "come_server": ("server processes, a student who comes", "µs"),
    "come_postgresql": ("PostgreSQL, a student who comes", "µs"),
    "leave_server": ("server processes, a student who leaves", "µs"),
    "leave_postgresql": ("PostgreSQL, a student who leaves", "µs"),
}
NEEDS = {
    "statuses": "statuses a second",
    "rows": "journaled rows a second",
    "items": "sessions a second to DynamoDB",
    "arrivals": "students who come a second, at the hour",
    "server_cores": "cores of server processes, in class",
    "relay_cores": "of these the mirror's",
    "server_storm_cores": "cores of server processes, while all come",
    "postgresql_cores": "cores of PostgreSQL, in class",
    "postgresql_storm_cores": "cores of PostgreSQL, while all come",
    "redis_cores": "cores of Redis",
    "wal_megabytes": "MB of write-ahead log a second",
    "out_megabits": "Mbit a second to browsers",
}
TAKES = {
    "processes": "server processes",
    "machines": "machines of two cores and 4 GiB",
    "memory_gib": "memory of all processes, GiB",
    "connections": "connections of all pools, at most",
    "redis_nodes": "nodes of Redis that work",
}
BILL = {
    "machines": "machines, c7g.large",
    "postgresql": "PostgreSQL, RDS m7g in two zones",
    "redis": "Redis, ElastiCache for Valkey m7g.large, each node with a replica",
    "dynamodb": "DynamoDB, written on demand",
    "balancer": "load balancer",
    "traffic": "traffic to browsers",
}
LIMITS = (
    ("one core of server processes", "server_cores", 1),
    ("one core of what the relays do, all together", "relay_cores", 1),
    ("one core of PostgreSQL", "postgresql_cores", 1),
    ("16 cores of PostgreSQL", "postgresql_cores", 16),
    ("64 cores of PostgreSQL, the largest m7g", "postgresql_cores", 64),
    ("64 cores of PostgreSQL while all come", "postgresql_storm_cores", 64),
    ("one core of Redis", "redis_cores", 1),
)


def cost_table(costs: UnitCosts) -> str:
    """Write every unit cost."""
    lines = [
        [title, f"{number(value)} {unit}".strip()]
        for name, value in asdict(costs).items()
        for title, unit in (COST_TITLES[name],)
    ]
    return markdown_table("What one costs", ["one of", "costs"], lines)


def short_table(plans: list[InstallationPlan]) -> str:
    """Write the plan in short, and what it costs with the mirror at every 5 and every 50 s."""
    bills = [MonthlyBill(plan).total for plan in plans]
    seldom = [MonthlyBill(at_fifty(plan)).total for plan in plans]
    head = ["students", "statuses a second", "server processes", "cores of PostgreSQL"]
    head += ["nodes of Redis", "$ a month", "$ with `SESSION_MIRROR_SECONDS=50`"]
    lines = [
        [
            f"{plan.students:,}",
            *(number(value) for value in (plan.statuses, plan.processes)),
            number(plan.postgresql_size),
            *(number(value) for value in (plan.redis_nodes, bill, less)),
        ]
        for plan, bill, less in zip(plans, bills, seldom, strict=True)
    ]
    return markdown_table("In short", head, lines)


def at_fifty(plan: InstallationPlan) -> InstallationPlan:
    """Plan the same with a session in DynamoDB at most every 50 s."""
    return replace(plan, lesson=replace(plan.lesson, mirror_seconds=50))


def need_table(plans: list[InstallationPlan]) -> str:
    """Write what goes on, and how many cores that uses."""
    lines = {title: [getattr(plan, name) for plan in plans] for name, title in NEEDS.items()}
    return _by_size("What goes on", plans, lines)


def take_table(plans: list[InstallationPlan]) -> str:
    """Write what it takes, no core being busy for more than half the time."""
    lines = {title: [getattr(plan, n) for plan in plans] for n, title in TAKES.items()}
    sizes = [plan.postgresql_size for plan in plans]
    return _by_size("What it takes", plans, {**lines, "PostgreSQL, cores": sizes})


def bill_table(plans: list[InstallationPlan]) -> str:
    """Write what a month costs."""
    bills = [MonthlyBill(plan) for plan in plans]
    lines = {BILL[part]: [getattr(bill, part) for bill in bills] for part in PARTS}
    lines["together"] = [bill.total for bill in bills]
    lines["a student"] = [bill.total / bill.plan.students for bill in bills]
    return _by_size("What a month costs", plans, lines, "$ ")


def limit_table(costs: UnitCosts, lesson: Lesson) -> str:
    """Write with how many students each thing is full, being busy all the time."""
    lines = [
        [title, number(most_students(cores, costs, lesson, used))] for title, used, cores in LIMITS
    ]
    return markdown_table("What is full when", ["full", "with students in class"], lines)


def _by_size(title: str, plans: list[InstallationPlan], lines: Lines, unit: str = "") -> str:
    head = ["students", *(f"{plan.students:,}" for plan in plans)]
    cells = [
        [name, *("more than one has" if v is None else f"{unit}{number(v)}" for v in values)]
        for name, values in lines.items()
    ]
    return markdown_table(title, head, cells)
