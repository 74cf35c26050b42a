"""Which errors mean that the database is away, or cannot take this now: try again later.

Django's exception classes do not tell: a server that has turned read-only raises InternalError, a
full disk OperationalError, as a missing table does under SQLite. The database's own code tells.
Codes: PostgreSQL, "Appendix A. PostgreSQL Error Codes"; SQLite, "Result and Error Codes".
"""

import sqlite3

from django.db import Error, InterfaceError, OperationalError

from speaktracker.exceptions import Unavailable

# SQLSTATE classes: connection, rolled back (deadlock, serialisation), resources, operator, system.
AWAY_CLASSES = ("08", "40", "53", "57", "58")
DISK_FULL = "53100"
READ_ONLY = "25006"  # a standby after a failover, or a server that is being protected
AWAY_STATES = frozenset(
    {
        READ_ONLY,
        "25P03",  # the session was ended, since its transaction idled
        "25P04",  # its transaction took too long
        "28000",  # the server does not let us in: a password that is being rotated
        "28P01",
        "3D000",  # the database is not there yet
        "55P03",  # a lock did not come free in time
        "55006",  # the object is in use, as while a database is being restored
    }
)
SQLITE_AWAY = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOTADB,
    }
)


def headline_of(error: BaseException) -> str:
    """Say what an error that `is_away` means for whoever is woken by it; the reason follows it."""
    code = getattr(error.__cause__, "sqlite_errorcode", -1) & 0xFF
    state = state_of(error) if isinstance(error, Error) else None
    if state == READ_ONLY or code == sqlite3.SQLITE_READONLY:
        return "The database is read-only"
    if state == DISK_FULL or code == sqlite3.SQLITE_FULL:
        return "The database is out of disk space"
    return "The database is away"


def is_away(error: BaseException) -> bool:
    """Tell whether `error` says that a store is away, or cannot take this now; a bug is neither."""
    if isinstance(error, Unavailable):
        return True
    if not isinstance(error, Error):
        return False
    state = state_of(error)
    if state:
        return state.startswith(AWAY_CLASSES) or state in AWAY_STATES
    code = getattr(error.__cause__, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in SQLITE_AWAY  # the rest says more of the same
    # Without a code nothing was answered: no connection, none left in the pool, or one cut.
    return isinstance(error, OperationalError | InterfaceError)


def state_of(error: Error) -> str | None:
    """Return the SQLSTATE of an error of Django's; None where the server gave none."""
    state: str | None = getattr(error.__cause__, "sqlstate", None)
    return state
