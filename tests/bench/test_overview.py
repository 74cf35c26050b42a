"""The report's first table divides ours by each peer, in the same round."""

import json

import pytest

from tests.bench.bench_environment import run_in_bench

pytestmark = [pytest.mark.soak, pytest.mark.xdist_group("bench")]
WRITE = """
import json, sys
from bench.results.overview_table import overview_table
sys.stdout.write(overview_table(json.loads(sys.argv[1])))
"""


def row(work: str, how: str, system: str, number: int, **figures: float) -> dict[str, object]:
    """Write a row as the works return it."""
    return {"work": work, "how": how, "system": system, "round": number, **figures}


def test_each_work_has_a_line_and_each_peer_its_column() -> None:
    fast = {"ours": (100, 120), "bun": (200, 200), "centrifuge": (50, 40), "naive": (5, 6)}
    rows = [
        row("school", "fast", system, number, statuses=count, server_cpu=1.0)
        for system, counts in fast.items()
        for number, count in enumerate(counts)
    ]
    rows += [
        row("feedback", "rate", "ours", 0, p50_ms=8.0),
        row("feedback", "rate", "bun", 0, p50_ms=2),
    ]
    rows += [row("idle", "200", "ours", 0, kib_per_connection=30.0)]
    rows += [row("idle", "200", "socketio", 0, kib_per_connection=15.0)]
    said = run_in_bench("-c", WRITE, json.dumps(rows))
    lines = [line.strip("| ").split(" | ") for line in said.splitlines() if line.startswith("| ")]
    assert [line[0] for line in lines] == [
        "work",
        "---",
        "school",
        "feedback",
        "idle, 200 connections",
    ]
    assert lines[2][3:] == ["0.55 (0.5–0.6)", "2.5 (2–3)", "–", "20 (20–20)"]
    assert lines[3][2:4] == ["less", "4 (4–4)"]
    assert lines[4][3:] == ["–", "–", "2 (2–2)", "–"]
