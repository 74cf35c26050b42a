"""How our cost grew: a table for each thing it was measured against."""

from bench.results.markdown_table import markdown_table, number
from bench.results.readings import Row

AGAINST = ("connections", "dashboards", "processes", "rows")
FIGURES = ["µs CPU per status", "µs CPU per delivery", "statuses/s", "p50 ms", "p99 ms", "idle CPU"]
# Measured against rows only.
EXTRAS = {
    "feedback_p50_ms": "feedback p50 ms",
    "feedback_cpu_ms": "ms CPU per feedback",
    "handshake_cpu_ms": "ms CPU per handshake",
}


def growth_tables(rows: list[Row]) -> str:
    """Write all of them."""
    texts = []
    for against in AGAINST:
        extras = EXTRAS if against == "rows" else {}
        measured = [row for row in rows if row["work"] == f"growth-{against}"]
        lines = [[*_figures(row), *(number(row.get(name)) for name in extras)] for row in measured]
        head = [against, *FIGURES, *extras.values()]
        texts.append(markdown_table(f"Our cost against {against}", head, lines))
    return "".join(texts)


def _figures(row: Row) -> list[str]:
    spent = row["server_cpu"] - row["idle_cpu_share"] * row["seconds"]
    return [
        number(row["size"]),
        number(spent / row["statuses"] * 1e6 if row["statuses"] else None),
        number(spent / row["deliveries"] * 1e6 if row["deliveries"] else None),
        number(row["statuses"] / row["seconds"]),
        number(row["p50_ms"]),
        number(row["p99_ms"]),
        f"{row['idle_cpu_share'] * 100:.1f} %",
    ]
