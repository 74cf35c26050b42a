"""How rows are read: rates, CPU per unit, and ratios within a round."""

from collections.abc import Callable, Iterable
from typing import Any

from bench.systems import available, product
from bench.systems.older_commit import BEFORE, BEFORE_TITLE
from bench.works.status_works import BATCH

Row = dict[str, Any]
Value = Callable[[Row], float | None]

OURS = product.OURS.key
# By whom ours is divided: the peers, and ours without the lines of its log.
PEER_TITLES = {peer.key: peer.title for peer in (*available.PEERS, product.QUIET)}
# Every system that may stand in a row, ours first.
TITLES = {
    OURS: product.OURS.title,
    product.ENCRYPTED.key: product.ENCRYPTED.title,
    BEFORE: BEFORE_TITLE,
    **PEER_TITLES,
    f"{OURS}{BATCH}": f"{product.OURS.title}, `?batch=1`",
    f"{BEFORE}{BATCH}": f"{BEFORE_TITLE}, `?batch=1`",
}


def per_second(what: str) -> Value:
    """Read a count as a rate."""
    return lambda row: row[what] / row["seconds"]


def per_core(what: str) -> Value:
    """Read a count as a rate per core of server CPU used; None below the clock's resolution."""
    return lambda row: row[what] / row["server_cpu"] if row["server_cpu"] > 0.02 else None


def micros(what: str) -> Value:
    """Read server CPU in µs per one of `what`."""
    return lambda row: row["server_cpu"] / row[what] * 1e6 if row[what] else None


def field(name: str) -> Value:
    """Read a figure as it stands."""
    return lambda row: row[name]


def chosen(rows: Iterable[Row], work: str, how: str, system: str) -> list[Row]:
    """Pick the rows of one system in one work, in the order of their rounds."""
    found = [r for r in rows if (r["work"], r["how"], r["system"]) == (work, how, system)]
    return sorted(found, key=lambda row: row.get("round", 0))


def ratios(rows: list[Row], work: str, how: str, ours: str, peer: str, value: Value) -> list[float]:
    """Divide ours by the peer's, round by round."""
    pairs = zip(chosen(rows, work, how, ours), chosen(rows, work, how, peer), strict=False)
    values = [(value(a), value(b)) for a, b in pairs]
    return [a / b for a, b in values if a and b]
