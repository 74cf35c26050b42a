"""The database, and what only it knows: its migrations, its clock, and who works on it."""

import os
import secrets
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import DataError, Error, connection

from realtime.models import ServerLease
from speaktracker import clock
from speaktracker.db.availability import DISK_FULL, state_of
from speaktracker.db.database_clock import seconds_ahead
from speaktracker.db.fitness.migration_state import migration_trouble, missing_migrations
from speaktracker.db.fitness.taken_writes import (
    READ_ONLY_TROUBLE,
    database_takes_writes,
    full_disk,
)
from speaktracker.db.outage import reason_of
from speaktracker.doctor.file_limit_check import file_limit_finding
from speaktracker.doctor.findings import Finding, judged, left_out
from speaktracker.doctor.process_checks import process_findings
from speaktracker.field_encryption.key_check import key_trouble
from speaktracker.persistence.health import mirror_health

# By SQLSTATE; a connection that was never made has none, but its reason says as much.
_ADVICE: Final = {
    "25006": "Find the primary, or what made it read-only.",
    DISK_FULL: "Make room on its disk.",
    "53300": "Start fewer processes, set a smaller DATABASE_POOL_SIZE, or raise max_connections.",
    "3D000": "Make the database, or correct its name in DATABASE_URL.",
}
_LOOK: Final = {
    "postgresql": "Look at the database's server, and at DATABASE_URL.",
    "sqlite": "Look at the file's disk, at whose it is, and at DATABASE_URL.",
}
_OFFSET: Final = (
    "SELECT extract(epoch FROM (now() AT TIME ZONE %s) - (now() AT TIME ZONE 'UTC'))::integer"
)


def database_subjects() -> list[str]:
    """List what `check_database` says something of, as these settings have it."""
    of_server = ("clock", "zone in SQL") if connection.vendor == "postgresql" else ()
    return ["database", "migrations", *of_server, *_record_subjects()]


def _record_subjects() -> list[str]:
    of_mirror = ("mirror's way",) if settings.MIRROR != "off" else ()
    of_server = ("connections",) if connection.vendor == "postgresql" else ()
    of_processes = ("processes", "secret key", "disk of the log")
    return ["stored texts", *of_mirror, "file limit", *of_processes, *of_server]


def check_database() -> Iterator[Finding]:
    """Look until the database refuses something, and say what could not be looked at then."""
    found: set[str] = set()
    try:
        for finding in database_findings():
            found.add(finding.subject)
            yield finding
    except Error as error:
        advice = _ADVICE.get(state_of(error) or "", _LOOK[connection.vendor])
        yield Finding("database", "failed", f"{reason_of(error).rstrip('.')}. {advice}")
        yield file_limit_finding(())
        found |= {"database", "file limit"}
        yield from left_out(database_subjects(), "the database cannot be used", found)


def database_findings() -> Iterator[Finding]:
    """Look at the records too where all tables are there and may be written; raises Error."""
    takes_writes, full = database_takes_writes(), full_disk()
    missing = migration_trouble(missing_migrations())
    if takes_writes and not missing:
        write_for_real()
    well = f"{server_name()} answers" + (" and takes writes." if takes_writes else ".")
    trouble = f"{full.rstrip('.')}. {_ADVICE[DISK_FULL]}" if full else ""
    yield judged("database", trouble if takes_writes else READ_ONLY_TROUBLE, well)
    yield judged("migrations", missing, "All are applied.")
    yield from clock_finding()
    yield from zone_finding()
    if missing or not takes_writes:
        yield file_limit_finding(() if missing else ServerLease.objects.all())
        # Where none can be renewed all leases grow stale, and the processes live all the same.
        because = "migrations are missing" if missing else "the database takes no writes"
        yield from left_out(_record_subjects(), because, ("file limit",))
        return
    yield judged("stored texts", key_trouble() or "", "Every key that they need is here.")
    if settings.MIRROR != "off":
        yield judged("mirror's way", mirror_health().trouble, "Nothing is behind.", "warning")
    yield from process_findings()


def write_for_real() -> None:
    """Write a row and delete it: a full disk shows nowhere else. Raises Error.

    The lease of a process that ended in 1970 counts nowhere, and were it left behind, the next
    reaper would take it.
    """
    boot_id = secrets.token_hex(16)
    ServerLease.objects.create(
        boot_id=boot_id,
        host=socket.gethostname(),
        pid=os.getpid(),
        process_started=0,
        renewed_at=datetime.fromtimestamp(0, UTC),
    )
    ServerLease.objects.filter(boot_id=boot_id).delete()


def server_name() -> str:
    """Name the database's program with its version, as in PostgreSQL 17.2."""
    version = connection.get_database_version()
    return f"{connection.display_name} {'.'.join(map(str, version))}"


def clock_finding() -> Iterator[Finding]:
    """Compare this machine's clock with the database's, where it has one of its own."""
    ahead = seconds_ahead()
    if ahead is not None:
        well = f"This machine's and the database's are {abs(ahead):.2f} s apart."
        yield judged("clock", clock.trouble(ahead), well, "warning")


def zone_finding() -> Iterator[Finding]:
    """Compare what PostgreSQL and this machine know of SCHOOL_TIME_ZONE."""
    if connection.vendor != "postgresql":
        return
    zone, trouble = settings.SCHOOL_TIME_ZONE, ""
    here = datetime.now(ZoneInfo(zone)).utcoffset()
    try:
        with connection.cursor() as cursor:
            cursor.execute(_OFFSET, [zone])
            there = cursor.fetchone()[0]
        if here is not None and there != here.total_seconds():
            trouble = (
                f"PostgreSQL and this machine disagree on the time in {zone}: bring the time zone "
                "data (tzdata) of both up to date."
            )
    except DataError:
        trouble = f"PostgreSQL does not know {zone}: bring its machine's tzdata up to date."
    yield judged("zone in SQL", trouble, f"PostgreSQL knows {zone}.")
