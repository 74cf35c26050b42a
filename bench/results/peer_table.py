"""Ours beside its peers: ratios of throughput, and whether the targets were reached."""

from statistics import median

from bench.results.markdown_table import markdown_table, spread
from bench.results.readings import OURS, PEER_TITLES, TITLES, Row, per_core, per_second, ratios
from bench.works.status_works import BATCH, STATUS_WORKS

# At least this many times the peer's throughput per core of server CPU.
TARGETS = {
    ("fan-1", OURS, "naive"): 15,
    ("fan-1", OURS, "socketio"): 3.5,
    ("fan-1", OURS, "centrifuge"): 2.5,
    ("fan-1", OURS, "bun"): 0.8,
    # The log costs under a twentieth.
    ("fan-1", OURS, "quiet"): 0.95,
    ("fan-10", OURS, "naive"): 12,
    ("fan-10", OURS, "socketio"): 3,
    ("fan-10", OURS, "centrifuge"): 1.8,
    ("fan-10", OURS, "bun"): 0.75,
    ("fan-100", OURS, "naive"): 20,
    ("fan-100", OURS, "socketio"): 3.5,
    ("fan-100", OURS, "centrifuge"): 1.3,
    ("fan-100", OURS, "bun"): 0.7,
    ("school", OURS, "naive"): 15,
    ("school", OURS, "socketio"): 3,
    ("school", OURS, "centrifuge"): 1.8,
    ("school", OURS, "bun"): 0.75,
    ("hall-5", OURS, "socketio"): 3,
    ("hall-5", OURS, "centrifuge"): 2,
    ("hall-5", OURS, "bun"): 0.8,
    ("hall-5", f"{OURS}{BATCH}", "naive"): 40,
    ("hall-5", f"{OURS}{BATCH}", "socketio"): 4,
    ("hall-5", f"{OURS}{BATCH}", "centrifuge"): 2.5,
    ("hall-5", f"{OURS}{BATCH}", "bun"): 1,
    ("handshakes", OURS, "naive"): 1,
    ("handshakes", OURS, "socketio"): 1,
    ("handshakes", OURS, "centrifuge"): 0.2,
}
# Every work that is measured as fast as it goes, and what is counted in it.
COUNTED = {work.key: "statuses" for work in STATUS_WORKS} | {"handshakes": "handshakes"}
HEAD = ["work", "ratio", "throughput", "throughput per core of server CPU", "target"]


def peer_table(rows: list[Row]) -> str:
    """Write a line for each work and peer."""
    lines = []
    for work, counted in COUNTED.items():
        for ours in (OURS, f"{OURS}{BATCH}"):
            for peer, title in PEER_TITLES.items():
                wall = ratios(rows, work, "fast", ours, peer, per_second(counted))
                core = ratios(rows, work, "fast", ours, peer, per_core(counted))
                if wall or core:
                    verdict = _verdict(TARGETS.get((work, ours, peer)), core)
                    ratio = f"{TITLES[ours]} ÷ {title}"
                    lines.append([work, ratio, spread(wall), spread(core), verdict])
    return markdown_table("As fast as it goes: ratios", HEAD, lines)


def _verdict(target: float | None, found: list[float]) -> str:
    if target is None or not found:
        return ""
    reached = median(found) >= target
    return f"≥ {target:g}: {'reached' if reached else 'missed'}"
