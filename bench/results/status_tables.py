"""What was measured with statuses: as fast as it goes, and at a fixed rate."""

from bench.results.markdown_table import markdown_table, middle, number, spread
from bench.results.readings import OURS, TITLES, Row, chosen, field, micros, per_second, ratios
from bench.systems.older_commit import BEFORE
from bench.works.status_works import BATCH, STATUS_WORKS

FAST_HEAD = [
    "work", "system", "statuses/s", "deliveries/s", "frames/s", "superseded/s", "lost",
    "µs CPU per status", "µs CPU per delivery", "load's share of its core",
]  # fmt: skip
RATE_HEAD = [
    "work", "system", "statuses/s", "p50 ms", "p99 ms", "our p99 ÷ its p99",
    "µs CPU per delivery", "lost",
]  # fmt: skip
# Whose p99 is divided by a system's; ours with batches by the older commit's with batches.
COUNTERPART = {f"{BEFORE}{BATCH}": f"{OURS}{BATCH}"}


def fast_table(rows: list[Row]) -> str:
    """Write throughput and CPU for each work and system."""
    lines = []
    for work in STATUS_WORKS:
        for system, title in TITLES.items():
            found = chosen(rows, work.key, "fast", system)
            if found:
                counts = ("statuses", "deliveries", "frames", "superseded")
                lines.append(
                    [
                        work.title,
                        title,
                        *(middle(found, per_second(what)) for what in counts),
                        number(sum(row["lost"] for row in found)),
                        middle(found, micros("statuses")),
                        middle(found, micros("deliveries")),
                        middle(found, lambda row: row["load_cpu"] / row["seconds"]),
                    ]
                )
    return markdown_table("As fast as it goes", FAST_HEAD, lines)


def rate_table(rows: list[Row]) -> str:
    """Write latencies for each work and system."""
    lines = []
    for work in STATUS_WORKS:
        # A peer that was asked for less cannot be compared.
        same = [row for row in rows if row.get("rate") == work.rate]
        for system, title in TITLES.items():
            found = chosen(rows, work.key, "rate", system)
            if found:
                ours = COUNTERPART.get(system, OURS)
                against = ratios(same, work.key, "rate", ours, system, field("p99_ms"))
                lines.append(
                    [
                        work.title,
                        title,
                        middle(found, field("rate")),
                        middle(found, field("p50_ms")),
                        middle(found, field("p99_ms")),
                        spread(against) if system != OURS else "",
                        middle(found, micros("deliveries")),
                        number(sum(row["lost"] for row in found)),
                    ]
                )
    return markdown_table("At a fixed rate", RATE_HEAD, lines)
