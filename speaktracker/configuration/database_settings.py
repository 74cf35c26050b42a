"""Where the records are: DATABASE_URL, as Django's own settings."""

from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import make_conninfo

from speaktracker import env

POOL = {
    "min_size": 1,
    "timeout": 3,
    # Where the server has no slot left, who asks next has it asked again, and not a pause that has
    # grown to minutes; and what is idle goes back while others may need it.
    "reconnect_timeout": 2,
    "max_idle": 30,
}


def database_settings(
    state_dir: Path, pool_size: int, *, each_transaction_elsewhere: bool = False
) -> dict[str, Any]:
    """Read DATABASE_URL, with what each engine needs; raises ImproperlyConfigured.

    What follows its question mark comes before what we would choose. Behind a pooler that gives
    each transaction another connection nothing is asked of the session.
    """
    address = env.text("DATABASE_URL") or f"sqlite:///{state_dir / 'db.sqlite3'}"
    try:
        database: dict[str, Any] = dict(dj_database_url.parse(address))
    except ValueError:
        raise ImproperlyConfigured(
            "DATABASE_URL must be a database address such as postgres://user@host/name."
        ) from None
    asked: dict[str, Any] = database.pop("OPTIONS", {})
    if database["ENGINE"].endswith("sqlite3"):
        database["ENGINE"] = "speaktracker.db.sqlite3"
        # Opening the file and its pragmas cost more than most queries: each thread keeps its own.
        database["CONN_MAX_AGE"] = None
        # Readers never block the writer (WAL); writers queue instead of deadlocking (IMMEDIATE).
        database["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            **asked,
        }
    elif database["ENGINE"].endswith("postgresql"):
        database["ENGINE"] = "speaktracker.db.postgresql"
        # The pool belongs to the process; persistent connections would bypass it.
        # Readers, writers, and a few for the lease and the API, which must not wait for those.
        pool = {**POOL, "max_size": pool_size * 2 + 4}
        # A process that hangs inside a transaction must not hold up everybody's presence.
        patience = "-c lock_timeout=5s -c idle_in_transaction_session_timeout=10s"
        _check_parameters(asked)
        if each_transaction_elsewhere:  # the role says it: the doctor looks
            database["DISABLE_SERVER_SIDE_CURSORS"] = True
        else:
            asked["options"] = f"{patience} {asked.get('options', '')}".strip()
        database["OPTIONS"] = {"connect_timeout": 3, **asked, "pool": pool}
        database["CONN_MAX_AGE"] = 0
    else:
        raise ImproperlyConfigured("DATABASE_URL must name SQLite or PostgreSQL.")
    return database


def _check_parameters(asked: dict[str, Any]) -> None:
    """Have libpq look at its parameters, such as sslmode and sslrootcert, which it would miss."""
    try:
        make_conninfo(**asked)
    except ProgrammingError as error:
        raise ImproperlyConfigured(f"DATABASE_URL has a parameter that is none: {error}") from None
