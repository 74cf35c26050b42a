"""Every plan that PostgreSQL carried out, from its own log (auto_explain)."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.cluster.databases import TESTS, PostgreSQL

BIG_TABLE_ROWS = 10_000
# What one statement may look at, of 8 KB each: a batch of 500 rows is in so many indexes.
MOST_PAGES = 50_000
# And of rows, by whoever is not staff: a tutor's of a month, or of a session's name.
MOST_OF_ONE = 50_000
ENTRY = re.compile(rb"^(?P<by>\S*)\|LOG:  duration: .* plan:\n(?P<plan>(?:\t.*\n)+)", re.M)
START = {"log_line_prefix": "%a|"}
# Nested: what triggers and foreign keys do, too.
EXPLAIN = {
    "session_preload_libraries": "auto_explain",
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_format": "json",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_timing": "off",
    "auto_explain.log_buffers": "on",
    "auto_explain.log_nested_statements": "on",
}


@dataclass(frozen=True)
class Plan:
    """One statement as it was carried out."""

    sql: str
    root: dict[str, Any]

    @property
    def pages(self) -> int:
        """Count the pages that were looked at."""
        return int(self.root.get("Shared Hit Blocks", 0) + self.root.get("Shared Read Blocks", 0))

    def nodes(self) -> Iterator[dict[str, Any]]:
        """Walk over the steps."""
        waiting = [self.root]
        while waiting:
            node = waiting.pop()
            waiting += node.get("Plans", [])
            yield node

    @property
    def rows(self) -> int:
        """Count the rows that the busiest step looked at."""
        return max(rows_of(node) for node in self.nodes())

    def tables_read(self) -> dict[str, int]:
        """Name the tables that were read from end to end, with the rows that there were."""
        scans = [node for node in self.nodes() if node["Node Type"] == "Seq Scan"]
        return {node["Relation Name"]: rows_of(node) for node in scans}

    def indexes_used(self) -> set[str]:
        """Name the indexes in which something was looked up, or which were read."""
        return {node["Index Name"] for node in self.nodes() if "Index Name" in node}


def rows_of(node: dict[str, Any]) -> int:
    """Count the rows that a step looked at."""
    looked_at = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    return int(node["Actual Loops"] * looked_at)


class LoggedPlans:
    """The plans of the sessions that begin from now on."""

    def __init__(self, database: PostgreSQL) -> None:
        self._log: Path = database.folder / "server.log"
        with psycopg.connect(database.url, autocommit=True) as connection:
            connection.execute("LOAD 'auto_explain'")
            for name, value in EXPLAIN.items():
                connection.execute(f"ALTER SYSTEM SET {name} = '{value}'".encode())
            connection.execute("SELECT pg_reload_conf()")
        self._database = database
        self._from = self._log.stat().st_size

    def big_tables(self) -> set[str]:
        """Name the tables that are big now: some shrink, as they are purged."""
        big = f"SELECT relname FROM pg_stat_user_tables WHERE n_live_tup >= {BIG_TABLE_ROWS}"
        return {name for (name,) in self._database.rows(big)}

    def take(self) -> list[Plan]:
        """Return what was carried out since the last look."""
        with self._log.open("rb") as log:
            log.seek(self._from)
            new = log.read()
        plans: list[Plan] = []
        end = 0
        for entry in ENTRY.finditer(new):
            try:
                one = json.loads(entry["plan"].replace(b"\n\t", b"\n"))
            except json.JSONDecodeError:  # it is being written: the next look will find all of it
                break
            end = entry.end()
            if entry["by"] != TESTS.encode():
                plans.append(Plan(one["Query Text"], one["Plan"]))
        self._from += end
        return plans

    def faults(self, plans: list[Plan], allowed: dict[str, str], most_rows: int) -> list[str]:
        """Name, each once, the statements that read a big table, or too much of one.

        Those that hold a text of `allowed` may.
        """
        found: dict[str, str] = {}
        big = self.big_tables()
        for plan in plans:
            tables = plan.tables_read().items()
            read = [name for name, rows in tables if name in big or rows >= BIG_TABLE_ROWS]
            too_much = plan.rows > most_rows or plan.pages > MOST_PAGES
            if not (read or too_much) or any(text in plan.sql for text in allowed):
                continue
            shape = re.sub(r"'[^']*'|\d+", "?", plan.sql)[:400]
            found[shape] = (
                f"reads all of {read}, {plan.rows} rows, {plan.pages} pages: {plan.sql[:1500]}"
            )
        return list(found.values())
