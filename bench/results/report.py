"""The whole report: what was measured where, and every table."""

from bench.results.before_table import before_table
from bench.results.district_tables import district_tables
from bench.results.growth_tables import growth_tables
from bench.results.overview_table import overview_table
from bench.results.peer_table import peer_table
from bench.results.person_tables import feedback_table, handshake_table, idle_table, post_table
from bench.results.readings import Row
from bench.results.status_tables import fast_table, rate_table

TABLES = (
    before_table,
    overview_table,
    peer_table,
    fast_table,
    rate_table,
    feedback_table,
    post_table,
    handshake_table,
    idle_table,
    growth_tables,
    district_tables,
)


def report(rows: list[Row], about: str, rounds: int) -> str:
    """Write all tables in Markdown; `about` names the machine and an older commit."""
    begin = f"{about}. {rounds} interleaved rounds; medians, ratios with their range.\n\n"
    return begin + "".join(write(rows) for write in TABLES)
