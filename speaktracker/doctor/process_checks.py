"""The server processes that are alive, as their leases tell: same key, same Redis, enough slots."""

import os
import socket
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connection

from realtime.models import ServerLease
from realtime.presence.secret_key_fingerprints import (
    CONSEQUENCE,
    key_trouble,
    named,
    own_fingerprints,
    strangers,
)
from realtime.presence.server_leases import living_leases
from speaktracker.doctor.file_limit_check import file_limit_finding
from speaktracker.doctor.findings import Finding, judged
from speaktracker.doctor.machine_checks import disk_finding
from speaktracker.logs.line_writer import STDOUT

# What `manage.py`, backups and people need besides.
_SPARE_SLOTS: Final = 5
_SESSION: Final = """
SELECT current_setting('max_connections')::integer, current_user,
       current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout')
"""


def process_findings() -> Iterator[Finding]:
    """Look at all processes together; blocks, raises DatabaseError."""
    leases = living_leases()
    yield file_limit_finding(leases)
    if not leases:
        yield Finding("processes", "off", "No server process is alive.")
        return
    alive = f"{len(leases)} alive: {named(leases)}."
    yield judged("processes", _deaf(leases), alive)
    yield judged("secret key", _strange(leases), "All processes have the SECRET_KEY of here.")
    for folder in log_folders(leases):
        yield disk_finding(folder, "disk of the log")
    if connection.vendor == "sqlite" and len(leases) > 1:
        queue = "Several processes share one SQLite file, where writers queue: use PostgreSQL."
        yield Finding("processes", "warning", queue)
    if connection.vendor == "postgresql":
        yield _slots(len(leases))


def log_folders(leases: list[ServerLease]) -> list[Path]:
    """Find the folders of the files that processes of this machine write their log to, once each.

    A log daemon's pipe has none, nor has a process of another user, which may not be asked.
    """
    folders: dict[Path, None] = {}
    for lease in leases:
        with suppress(OSError):
            if lease.host == socket.gethostname():
                output = Path(f"/proc/{lease.pid}/fd/{STDOUT}")
                if stat.S_ISREG(output.stat().st_mode):
                    folders[Path(os.readlink(output)).parent] = None
    return [*folders]


def _deaf(leases: list[ServerLease]) -> str:
    if settings.REDIS_URL or len(leases) < 2:
        return ""
    return (
        f"{len(leases)} processes are alive ({named(leases)}) and REDIS_URL is not set: they do "
        "not hear each other. Set it in all of them, or run one."
    )


def _strange(leases: list[ServerLease]) -> str:
    if trouble := key_trouble(leases):
        return trouble
    if others := strangers(own_fingerprints(), leases):
        return (
            f"SECRET_KEY is another here than at {named(others)}. If a server is started like "
            f"this: {CONSEQUENCE} If not, give the doctor the server's settings."
        )
    return ""


def _slots(processes: int) -> Finding:
    with connection.cursor() as cursor:
        cursor.execute(_SESSION)
        slots, role, lock_timeout, idle_timeout = cursor.fetchone()
    if settings.DATABASE_POOLER == "transaction":
        unbounded = "0" in (lock_timeout, idle_timeout)
        well = f"Behind the pooler a lock is waited for {lock_timeout}, a silent transaction ends "
        well += f"after {idle_timeout}."
        return judged("connections", _unbounded(role) if unbounded else "", well, "warning")
    needed = processes * (2 * settings.DATABASE_POOL_SIZE + 4) + _SPARE_SLOTS
    trouble = (
        f"{processes} processes may need {needed} connections, PostgreSQL has {slots}: raise its "
        "max_connections, set a smaller DATABASE_POOL_SIZE, or put PgBouncer between."
    )
    well = f"PostgreSQL has {slots}, the processes that are alive need {needed} at most."
    return judged("connections", trouble if needed > slots else "", well, "warning")


def _unbounded(role: str) -> str:
    alter = f'ALTER ROLE "{role}" SET'
    return (
        "A process that hangs inside a transaction holds up everybody, since behind a transaction "
        f"pooler the role must bound it: {alter} lock_timeout = '5s'; {alter} "
        "idle_in_transaction_session_timeout = '10s'; then RECONNECT in PgBouncer's console."
    )
