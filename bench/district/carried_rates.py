"""When a rate is carried."""

from typing import Any

CARRIED_P99_MS = 250.0
WRONG = ("lost", "doubled", "skipped", "strangers", "closed")


def is_carried(row: dict[str, Any]) -> bool:
    """Tell whether a rate's statuses all came, once, in order and soon enough."""
    if any(row[name] for name in WRONG) or row["p99_ms"] is None:
        return False
    return bool(row["p99_ms"] <= CARRIED_P99_MS)
