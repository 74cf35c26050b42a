"""What was measured per person: feedback, posts, handshakes and idle connections."""

from statistics import median

from bench.results.markdown_table import markdown_table, middle, number, spread
from bench.results.readings import OURS, TITLES, Row, chosen, field, micros, per_second, ratios
from bench.works.post_work import ELSEWHERE, HERE

# At most this part of the peer's p50 from the POST to the student's frame.
FEEDBACK_TARGETS = {"original": 0.2}


def feedback_table(rows: list[Row]) -> str:
    """Write how long feedback takes to its student's frame, and what it costs."""
    lines = []
    for system, title in TITLES.items():
        if found := chosen(rows, "feedback", "rate", system):
            names = ("p50_ms", "p99_ms", "answer_p50_ms")
            cells = [middle(found, field(name)) for name in names]
            cells.append(middle(found, micros("feedback")))
            lines.append([title, *cells, *_against(rows, system)])
    head = ["system", "p50 ms", "p99 ms", "answer p50 ms", "µs CPU each"]
    head += ["our p50 ÷ its p50", "target"]
    return markdown_table("Feedback: POST to the student's frame", head, lines)


def post_table(rows: list[Row]) -> str:
    """Write how long a post of the Management API takes to its frame, and to its answer."""
    lines = []
    for how in (HERE, ELSEWHERE):
        if found := chosen(rows, "posts", how, OURS):
            names = ("p50_ms", "p99_ms", "answer_p50_ms")
            lines.append([how, *(middle(found, field(name)) for name in names)])
    head = ["the socket is held by", "p50 ms", "p99 ms", "answer p50 ms"]
    return markdown_table("Posts of the Management API to the socket's frame", head, lines)


def _against(rows: list[Row], system: str) -> list[str]:
    if system == OURS:
        return ["", ""]
    found = ratios(rows, "feedback", "rate", OURS, system, field("p50_ms"))
    target = FEEDBACK_TARGETS.get(system)
    if target is None or not found:
        return [spread(found), ""]
    reached = "reached" if median(found) <= target else "missed"
    return [spread(found), f"≤ {target:g}: {reached}"]


def handshake_table(rows: list[Row]) -> str:
    """Write how many people arrive in a second, and what one costs."""
    lines = []
    for system, title in TITLES.items():
        if found := chosen(rows, "handshakes", "fast", system):
            cells = [middle(found, per_second("handshakes")), middle(found, micros("handshakes"))]
            lines.append([title, *cells, str(sum(row["refused"] for row in found))])
    head = ["system", "handshakes/s", "µs CPU each", "refused, came back"]
    return markdown_table("Handshakes with JWT", head, lines)


def idle_table(rows: list[Row]) -> str:
    """Write what people who only listen cost."""
    lines = []
    for system, title in TITLES.items():
        for row in rows:
            if row["work"] == "idle" and row["system"] == system:
                cells = [number(row["connections"]), number(row["kib_per_connection"])]
                share = f"{row['idle_cpu_share'] * 100:.1f} %"
                lines.append([title, *cells, share, str(row["closed"]), str(row["refused"])])
    head = ["system", "connections", "KiB each", "CPU of a core", "closed", "refused, came back"]
    return markdown_table("Idle connections", head, lines)
