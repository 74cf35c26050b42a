"""The overview: ours ÷ each of the peers that matter, one line a work."""

from bench.results.markdown_table import markdown_table, spread
from bench.results.peer_table import COUNTED
from bench.results.readings import OURS, TITLES, Row, field, per_core, ratios
from bench.systems.available import BUN, CENTRIFUGE, NAIVE, SOCKETIO
from bench.works.status_works import BATCH

PEERS = (BUN, CENTRIFUGE, SOCKETIO, NAIVE)
PER_CORE = "throughput per core of server CPU"


def overview_table(rows: list[Row]) -> str:
    """Write a line for each work that was measured beside one of these peers."""
    lines = []
    for work, counted in COUNTED.items():
        for ours in (OURS, f"{OURS}{BATCH}"):
            label = f"{work} `?batch=1`" if ours.endswith(BATCH) else work
            found = [ratios(rows, work, "fast", ours, p.key, per_core(counted)) for p in PEERS]
            lines.append([label, PER_CORE, "more", *map(spread, found)])
    lines.append(feedback_line(rows))
    lines += idle_lines(rows)
    head = ["work", "ours ÷ the peer's", "better is", *(TITLES[peer.key] for peer in PEERS)]
    measured = [line for line in lines if any(cell != "–" for cell in line[3:])]
    return markdown_table("Ours ÷ each peer, at a glance", head, measured)


def feedback_line(rows: list[Row]) -> list[str]:
    """Write how long feedback takes to its student's frame."""
    found = [ratios(rows, "feedback", "rate", OURS, p.key, field("p50_ms")) for p in PEERS]
    return ["feedback", "p50", "less", *map(spread, found)]


def idle_lines(rows: list[Row]) -> list[list[str]]:
    """Write memory per person who only listens, a line for each number of connections."""
    lines = []
    for size in dict.fromkeys(row["how"] for row in rows if row["work"] == "idle"):
        memory = field("kib_per_connection")
        found = [ratios(rows, "idle", size, OURS, peer.key, memory) for peer in PEERS]
        lines.append([f"idle, {int(size):,} connections", "memory each", "less"])
        lines[-1] += [spread(ratio) for ratio in found]
    return lines
