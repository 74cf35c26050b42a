"""Whether the database is one to write to."""

from typing import Final

from django.db import Error, connection, transaction

from speaktracker.db.availability import DISK_FULL, state_of
from speaktracker.db.outage import reason_of

_QUERIES: Final = {
    "postgresql": (
        "SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'"
    ),
    "sqlite": "SELECT NOT query_only FROM pragma_query_only",
}
# More than its memory holds, about 300 KiB, goes to a temporary file; nothing of it stays.
_SPILLED_MEMORY: Final = "SET LOCAL work_mem = '64kB'"
_SPILL: Final = "SELECT count(*) FROM generate_series(1, 20000)"
READ_ONLY_TROUBLE: Final = (
    "The database takes no writes: it is a standby, or read-only. Find the primary, or what made "
    "it so."
)


def database_takes_writes() -> bool:
    """Ask the database whether it is one to write to: no standby, not read-only; blocks.

    A full disk shows only where something is written, and not in every row.
    """
    with connection.cursor() as cursor:
        cursor.execute(_QUERIES[connection.vendor])
        return bool(cursor.fetchone()[0])


def full_disk() -> str:
    """Say in PostgreSQL's words that its disk is full; empty where it has room. Blocks.

    A row that fits into a page that is there already is taken on a full disk too, as a lease is
    each time: what needs a new page is refused. SQLite refuses both.
    """
    if connection.vendor != "postgresql":
        return ""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_SPILLED_MEMORY)
            cursor.execute(_SPILL)
    except Error as error:
        if state_of(error) == DISK_FULL:
            return reason_of(error)
        raise
    return ""
