"""Ours beside an older commit of ours: every figure divided by the older one."""

from functools import partial

from bench.results.markdown_table import markdown_table, spread
from bench.results.readings import OURS, Row, Value, field, micros, per_core, per_second, ratios
from bench.systems.older_commit import BEFORE
from bench.works.status_works import BATCH, STATUS_WORKS

HEAD = [
    "work",
    "throughput",
    "throughput per core of server CPU",
    "p50",
    "p99",
    "CPU each",
    "memory each",
]


def before_table(rows: list[Row]) -> str:
    """Write a line for each work; more throughput is better, less of all else."""
    lines = [status_line(rows, work.key, suffix) for work in STATUS_WORKS for suffix in ("", BATCH)]
    lines += [feedback_line(rows), handshake_line(rows), *idle_lines(rows)]
    measured = [line for line in lines if any(cell not in {"", "–"} for cell in line[1:])]
    return markdown_table("Ours ÷ before", HEAD, measured)


def status_line(rows: list[Row], work: str, suffix: str) -> list[str]:
    """Write one work of statuses; `suffix` says whether with batches."""

    def cell(how: str, value: Value) -> str:
        return spread(ratios(rows, work, how, f"{OURS}{suffix}", f"{BEFORE}{suffix}", value))

    return [
        f"{work} `?batch=1`" if suffix else work,
        cell("fast", per_second("statuses")),
        cell("fast", per_core("statuses")),
        cell("rate", field("p50_ms")),
        cell("rate", field("p99_ms")),
        cell("rate", micros("deliveries")),
        "",
    ]


def feedback_line(rows: list[Row]) -> list[str]:
    """Write latency to the student\'s frame, and CPU."""
    divided = partial(ratios, rows, "feedback", "rate", OURS, BEFORE)
    latencies = [spread(divided(field(name))) for name in ("p50_ms", "p99_ms")]
    return ["feedback", "", "", *latencies, spread(divided(micros("feedback"))), ""]


def handshake_line(rows: list[Row]) -> list[str]:
    """Write how many people can arrive."""
    divided = partial(ratios, rows, "handshakes", "fast", OURS, BEFORE)
    rates = [spread(divided(value("handshakes"))) for value in (per_second, per_core)]
    return ["handshakes", *rates, "", "", "", ""]


def idle_lines(rows: list[Row]) -> list[list[str]]:
    """Write memory, a line for each number of connections."""
    sizes = dict.fromkeys(row["connections"] for row in rows if row["work"] == "idle")
    lines = []
    for size in sizes:
        memory = ratios(rows, "idle", str(size), OURS, BEFORE, field("kib_per_connection"))
        lines.append([f"idle, {size:,} connections", "", "", "", "", "", spread(memory)])
    return lines
