"""What a district did: its phases, the rates it was asked, and what one status costs each part."""

from typing import Any

from bench.district.carried_rates import is_carried
from bench.results.markdown_table import markdown_table, number

Row = dict[str, Any]

PHASES = {
    "arrive": "a student connects",
    "join": "a student's first status",
    "rest": "a socket, each second",
    "leave": "a student leaves",
}
STATEMENTS_SHOWN = 8


def district_tables(rows: list[Row]) -> str:
    """Write all of them; nothing when no district was measured."""
    district = [row for row in rows if row["work"] == "district"]
    reports = [row for row in district if row["how"] == "report"]
    return rate_lines(reports) + cost_lines(district) + statement_lines(reports)


def rate_lines(reports: list[Row]) -> str:
    """Write what came of each rate."""
    head = [
        "statuses/s", "sent/s", "p50 ms", "p99 ms", "longest ms", "lost", "twice", "skipped",
        "DynamoDB waits for", "carried",
    ]  # fmt: skip
    lines = [
        [
            number(row["rate"]),
            number(row["count"] / row["seconds"]),
            *(number(row[name]) for name in ("p50_ms", "p99_ms", "max_ms")),
            *(number(row[name]) for name in ("lost", "doubled", "skipped", "waiting")),
            "yes" if is_carried(row) else "no",
        ]
        for row in reports
    ]
    return markdown_table("A district on all cores: statuses to their dashboards", head, lines)


def cost_lines(district: list[Row]) -> str:
    """Write what one of each costs every part, resting sockets with it."""
    if not district:
        return ""
    parts = list(district[0]["cpu"])
    head = ["one of", "count", "seconds", *(f"µs CPU: {part}" for part in parts)]
    head += ["statements", "WAL bytes", "PUBLISH", "DynamoDB items"]
    lines = []
    for row in district:
        title = PHASES.get(row["how"]) or f"a status at {row['rate']:g} a second"
        count = row["count"] * (row["seconds"] if row["how"] == "rest" else 1)
        cells = [number(row["cpu"][part] / count * 1e6) for part in parts]
        cells += [number(row[name] / count) for name in COUNTED]
        lines.append([title, number(row["count"]), number(row["seconds"]), *cells])
    return markdown_table("A district: what one costs each part", head, lines)


COUNTED = ("statements", "wal_bytes", "publishes", "mirrored")


def statement_lines(reports: list[Row]) -> str:
    """Write which statements PostgreSQL was given most often at the highest rate."""
    if not reports:
        return ""
    last = reports[-1]
    lines = [
        [
            f"`{' '.join(text.split())[:90]}`".replace("|", " "),
            number(calls / last["count"]),
            number(seconds / last["count"] * 1e6),
        ]
        for calls, seconds, text in last["often"][:STATEMENTS_SHOWN]
    ]
    title = f"A district: the most frequent statements at {last['rate']:g} a second"
    return markdown_table(title, ["statement", "a status", "µs of PostgreSQL a status"], lines)
