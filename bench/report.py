"""The tables: what was measured, and ratios of ours to each peer within the same round."""

from statistics import median

from bench.readings import TITLES, Row, Value, chosen, field, micros, per_core, per_second, ratios
from bench.works import BATCH, WORKS

# At least this many times the peer's throughput per core of server CPU.
TARGETS = {
    ("fan-1", "ours", "naive"): 15,
    ("fan-1", "ours", "socketio"): 3,
    ("fan-10", "ours", "naive"): 12,
    ("fan-10", "ours", "socketio"): 1.5,
    ("fan-100", "ours", "naive"): 20,
    ("fan-100", "ours", "socketio"): 1.2,
    ("school", "ours", "naive"): 15,
    ("school", "ours", "socketio"): 2,
    ("hall-5", f"ours{BATCH}", "naive"): 40,
    ("hall-5", f"ours{BATCH}", "socketio"): 1.5,
    ("handshakes", "ours", "naive"): 1,
}
# At most this part of the peer's p50 from the POST to the student's frame.
FEEDBACK_TARGETS = {"original": 0.2}


def number(value: float | None) -> str:
    """Write a figure with about three digits."""
    if value is None:
        return "–"
    if value >= 1_000:
        return f"{round(value, -1 if value < 10_000 else -2):,.0f}"
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def middle(rows: list[Row], value: Value) -> str:
    """Write the median of a figure."""
    found = [v for row in rows if (v := value(row)) is not None]
    return number(median(found)) if found else "–"


def spread(values: list[float]) -> str:
    """Write median and range of ratios."""
    if not values:
        return "–"
    return f"{number(median(values))} ({number(min(values))}–{number(max(values))})"


def _table(title: str, head: list[str], lines: list[list[str]]) -> str:
    if not lines:
        return ""
    rule = ["---"] * len(head)
    body = "\n".join(f"| {' | '.join(line)} |" for line in (head, rule, *lines))
    return f"### {title}\n\n{body}\n\n"


def table(rows: list[Row], machine: str, rounds: int) -> str:
    """Write all tables in Markdown."""
    return (
        f"{machine}. {rounds} interleaved rounds; medians, ratios with their range.\n\n"
        + _ratio_table(rows)
        + _fast_table(rows)
        + _latency_table(rows)
        + _door_tables(rows)
        + _growth_tables(rows)
    )


def _ratio_table(rows: list[Row]) -> str:
    lines = []
    for work in (*(w.key for w in WORKS), "handshakes"):
        counted = "handshakes" if work == "handshakes" else "statuses"
        for ours in ("ours", f"ours{BATCH}"):
            for peer, title in TITLES.items():
                if peer.startswith("ours"):
                    continue
                wall = ratios(rows, work, "fast", ours, peer, per_second(counted))
                core = ratios(rows, work, "fast", ours, peer, per_core(counted))
                if wall or core:
                    target = TARGETS.get((work, ours, peer))
                    lines.append(
                        [
                            work,
                            f"{TITLES[ours]} ÷ {title}",
                            spread(wall),
                            spread(core),
                            _verdict(target, core),
                        ]
                    )
    head = ["work", "ratio", "throughput", "throughput per core of server CPU", "target"]
    return _table("As fast as it goes: ratios", head, lines)


def _verdict(target: float | None, found: list[float]) -> str:
    if target is None or not found:
        return ""
    reached = median(found) >= target
    return f"≥ {target:g}: {'reached' if reached else 'missed'}"


def _fast_table(rows: list[Row]) -> str:
    lines = []
    for work in WORKS:
        for system, title in TITLES.items():
            found = chosen(rows, work.key, "fast", system)
            if found:
                lines.append(
                    [
                        work.title,
                        title,
                        *(
                            middle(found, per_second(what))
                            for what in ("statuses", "deliveries", "frames", "superseded")
                        ),
                        number(sum(row["lost"] for row in found)),
                        middle(found, micros("statuses")),
                        middle(found, micros("deliveries")),
                        middle(found, lambda row: row["load_cpu"] / row["seconds"]),
                    ]
                )
    head = [
        "work", "system", "statuses/s", "deliveries/s", "frames/s", "superseded/s", "lost",
        "µs CPU per status", "µs CPU per delivery", "load's share of its core",
    ]  # fmt: skip
    return _table("As fast as it goes", head, lines)


def _latency_table(rows: list[Row]) -> str:
    lines = []
    for work in WORKS:
        for system, title in TITLES.items():
            found = chosen(rows, work.key, "rate", system)
            if found:
                # A peer that was asked for less cannot be compared.
                same = [row for row in rows if row.get("rate") == work.rate]
                against = ratios(same, work.key, "rate", "ours", system, field("p99_ms"))
                lines.append(
                    [
                        work.title,
                        title,
                        middle(found, field("rate")),
                        middle(found, field("p50_ms")),
                        middle(found, field("p99_ms")),
                        spread(against) if system != "ours" else "",
                        middle(found, micros("deliveries")),
                        number(sum(row["lost"] for row in found)),
                    ]
                )
    head = [
        "work", "system", "statuses/s", "p50 ms", "p99 ms", "our p99 ÷ its p99",
        "µs CPU per delivery", "lost",
    ]  # fmt: skip
    return _table("At a fixed rate", head, lines)


def _door_tables(rows: list[Row]) -> str:
    given, arrived, idle = [], [], []
    for system, title in TITLES.items():
        if found := chosen(rows, "feedback", "rate", system):
            names = ("p50_ms", "p99_ms", "answer_p50_ms")
            cells = [middle(found, field(name)) for name in names]
            cells.append(middle(found, micros("feedback")))
            given.append([title, *cells, *_feedback_ratio(rows, system)])
        if found := chosen(rows, "handshakes", "fast", system):
            cells = [middle(found, per_second("handshakes")), middle(found, micros("handshakes"))]
            arrived.append([title, *cells, str(sum(row["refused"] for row in found))])
        for row in rows:
            if row["work"] == "idle" and row["system"] == system:
                cells = [number(row["connections"]), number(row["kib_per_connection"])]
                share = f"{row['idle_cpu_share'] * 100:.1f} %"
                idle.append([title, *cells, share, str(row["closed"]), str(row["refused"])])
    head = ["system", "p50 ms", "p99 ms", "answer p50 ms", "µs CPU each"]
    head += ["our p50 ÷ its p50", "target"]
    return (
        _table("Feedback: POST to the student's frame", head, given)
        + _table(
            "Handshakes with JWT",
            ["system", "handshakes/s", "µs CPU each", "refused, came back"],
            arrived,
        )
        + _table(
            "Idle connections",
            ["system", "connections", "KiB each", "CPU of a core", "closed", "refused, came back"],
            idle,
        )
    )


def _feedback_ratio(rows: list[Row], system: str) -> list[str]:
    if system == "ours":
        return ["", ""]
    found = ratios(rows, "feedback", "rate", "ours", system, field("p50_ms"))
    target = FEEDBACK_TARGETS.get(system)
    if target is None or not found:
        return [spread(found), ""]
    reached = "reached" if median(found) <= target else "missed"
    return [spread(found), f"≤ {target:g}: {reached}"]


def _growth_tables(rows: list[Row]) -> str:
    texts = []
    for against in ("connections", "dashboards", "processes", "rows"):
        lines = []
        for row in rows:
            if row["work"] != f"growth-{against}":
                continue
            spent = row["server_cpu"] - row["idle_cpu_share"] * row["seconds"]
            each = spent / row["statuses"] * 1e6 if row["statuses"] else None
            shown = spent / row["deliveries"] * 1e6 if row["deliveries"] else None
            lines.append(
                [
                    number(row["size"]),
                    number(each),
                    number(shown),
                    number(row["statuses"] / row["seconds"]),
                    number(row["p50_ms"]),
                    number(row["p99_ms"]),
                    f"{row['idle_cpu_share'] * 100:.1f} %",
                    *(number(row.get(name)) for name in EXTRAS if against == "rows"),
                ]
            )
        head = [
            against, "µs CPU per status", "µs CPU per delivery", "statuses/s", "p50 ms", "p99 ms",
            "idle CPU",
        ]  # fmt: skip
        head += list(EXTRAS.values()) if against == "rows" else []
        texts.append(_table(f"Our cost against {against}", head, lines))
    return "".join(texts)


EXTRAS = {
    "feedback_p50_ms": "feedback p50 ms",
    "feedback_cpu_ms": "ms CPU per feedback",
    "handshake_cpu_ms": "ms CPU per handshake",
}
