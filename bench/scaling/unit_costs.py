"""What one of each costs: read from a district's rows, or from those that the plan stands on."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Row = dict[str, Any]
KEPT = Path(__file__).with_name("measured.json")
SERVER, POSTGRESQL, REDIS = "server processes", "PostgreSQL", "Valkey"
# Headers of TLS, TCP and IP beside a frame's text: computed, since loopback has none of TLS.
FRAME_HEADERS = 100
# A student's status, as the bench sends it, with its frame's header.
STATUS_IN_BYTES = 180


@dataclass(frozen=True)
class UnitCosts:
    """CPU in µs of one core, traffic and log in bytes, memory in KiB."""

    # One status, its delivery to one dashboard and its part of the journal.
    status_server: float
    status_redis: float
    status_out_bytes: float
    # One row that the journal writes, each student's at most every 5 s.
    row_postgresql: float
    row_wal_bytes: float
    # One session that changes in DynamoDB: the outbox, the relay, the call.
    item_server: float
    item_postgresql: float
    # One socket, for a second: pings, checks of dashboards, leases.
    socket_server: float
    socket_postgresql: float
    socket_kib: float
    # One student who comes into class: the handshake, the records, the first status.
    come_server: float
    come_postgresql: float
    leave_server: float
    leave_postgresql: float


def costs_of(rows: Iterable[Row], journal_seconds: float) -> UnitCosts:
    """Compute unit costs from the rows of a district; what goes by rate, from its highest."""
    everything = list(rows)
    reports = [row for row in everything if row["how"] == "report"]
    once = {row["how"]: row for row in everything if row["how"] != "report"}
    rest, report, students = once["rest"], reports[-1], once["arrive"]["count"]
    resting = {part: cpu / rest["seconds"] for part, cpu in rest["cpu"].items()}

    def busy(row: Row, part: str, share: float = 1.0) -> float:
        used = row["cpu"][part] - share * resting[part] * row["seconds"]
        return float(max(0.0, used)) * 1e6

    def journaled(row: Row) -> float:
        return float(min(row["count"], students * row["seconds"] / journal_seconds))

    def each(part: str, *kinds: str) -> float:
        # On the average half of the sockets are there meanwhile.
        return sum(busy(once[kind], part, 0.5) for kind in kinds) / float(students)

    status, item = two_costs(
        [(row["count"], row["mirrored"], busy(row, SERVER)) for row in reports]
    )
    stored, carried = two_costs(
        [(journaled(row), row["mirrored"], busy(row, POSTGRESQL)) for row in reports]
    )
    return UnitCosts(
        status_server=status,
        status_redis=busy(report, REDIS) / report["count"],
        status_out_bytes=report["text_bytes"] / report["shown"] + FRAME_HEADERS,
        row_postgresql=stored,
        row_wal_bytes=report["wal_bytes"] / journaled(report),
        item_server=item,
        item_postgresql=carried,
        socket_server=resting[SERVER] / rest["count"] * 1e6,
        socket_postgresql=resting[POSTGRESQL] / rest["count"] * 1e6,
        socket_kib=(report["memory_kib"] - once["arrive"]["empty_kib"]) / students,
        come_server=each(SERVER, "arrive", "join"),
        come_postgresql=each(POSTGRESQL, "arrive", "join"),
        leave_server=each(SERVER, "leave"),
        leave_postgresql=each(POSTGRESQL, "leave"),
    )


def two_costs(found: list[tuple[float, float, float]]) -> tuple[float, float]:
    """Fit what one of two things costs, from (count, count, cost of both); least squares.

    Where they cannot be told apart, as with a single reading, the first has it all.
    """
    aa, bb = sum(a * a for a, _, _ in found), sum(b * b for _, b, _ in found)
    ab, ac = sum(a * b for a, b, _ in found), sum(a * c for a, _, c in found)
    bc = sum(b * c for _, b, c in found)
    determinant = aa * bb - ab * ab
    if determinant > 1e-6 * aa * bb:
        first = (ac * bb - bc * ab) / determinant
        second = (bc * aa - ac * ab) / determinant
        if first > 0 and second > 0:
            return first, second
    return ac / aa, 0.0


def kept_rows() -> list[Row]:
    """Read the district that docs/scaling.md stands on."""
    return list(json.loads(KEPT.read_text(encoding="utf-8")))
