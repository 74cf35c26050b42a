"""Whether the database is one to write to."""

from typing import Final

from django.db import connection

_QUERIES: Final = {
    "postgresql": (
        "SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'"
    ),
    "sqlite": "SELECT NOT query_only FROM pragma_query_only",
}
READ_ONLY_TROUBLE: Final = (
    "The database takes no writes: it is a standby, or read-only. Find the primary, or what made "
    "it so."
)


def database_takes_writes() -> bool:
    """Ask the database whether it is one to write to: no standby, not read-only; blocks.

    A full disk shows only where something is written.
    """
    with connection.cursor() as cursor:
        cursor.execute(_QUERIES[connection.vendor])
        return bool(cursor.fetchone()[0])
