"""A server process is alive while its lease is fresh; what it leaves behind is reaped.

The lease is renewed on the database's clock. Whoever deletes a lease, in one transaction with its
connections and their students' presence, owns the clean-up.
"""

import asyncio
import logging
import os
import secrets
import socket
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import datetime, timedelta

import psutil
from django.db import DatabaseError, transaction
from django.db.models import Exists, Q, QuerySet
from django.db.models.functions import Now

from realtime.models import Connection, ServerLease
from realtime.presence import connection_records, locks, transitions
from realtime.presence.news import News
from realtime.presence.secret_key_fingerprints import (
    CONSEQUENCE,
    named,
    own_fingerprints,
    strangers,
)
from speaktracker import db, metrics
from speaktracker.db import database_clock
from speaktracker.db.outage import reason_of
from speaktracker.db.rows.kept_query import KeptQuery

logger = logging.getLogger(__name__)

RENEW_SECONDS = 5
# Nobody reaps others before its own lease proved twice that the database is back for good.
RENEWALS_BEFORE_REAPING = 2
EXPIRED_TOGETHER = 1_000


class ProcessLease:
    """This process's lease."""

    def __init__(self) -> None:
        self.boot_id = secrets.token_hex(16)
        self._replaced = asyncio.Event()
        self._renewals = 0
        self.tried_at = time.monotonic()
        # Tells whether the database takes what is written, since somebody renews all the time;
        # and why it did not.
        self.is_written, self.refusal = True, ""

    async def acquire(self) -> None:
        """Store the lease; raises Unavailable."""
        await db.write_first(_insert, self.boot_id)

    async def renew(self) -> bool:
        """Renew the lease; False when somebody reaped it meanwhile. Raises Unavailable."""
        # Who slept through a lease's time knows nothing of how the database was meanwhile.
        self._renewals = 1 if self.overslept else self._renewals + 1
        self.tried_at = time.monotonic()
        try:
            stands = await db.write_first(renew, self.boot_id)
        except BaseException as error:
            self._renewals, self.is_written, self.refusal = 0, False, reason_of(error)
            raise
        self.is_written = True
        return stands

    @property
    def may_reap(self) -> bool:
        """Tell whether the database has been there long enough for others to have renewed too."""
        return self._renewals >= RENEWALS_BEFORE_REAPING and not self.overslept

    @property
    def overslept(self) -> bool:
        """Tell whether this process has not even tried to renew for a lease's time: it hung."""
        return time.monotonic() - self.tried_at > connection_records.LEASE_SECONDS

    async def replace(self) -> None:
        """Take a new boot id after the old lease was reaped; raises Unavailable."""
        # Kept only once it is stored: connection records point to it, and may not to nothing.
        fresh = secrets.token_hex(16)
        await db.write_first(_insert, fresh)
        self.boot_id = fresh
        self._replaced.set()
        self._replaced.clear()

    async def boot_id_after(self, known: str) -> str:
        """Wait until the boot id is another one than `known`, and return it."""
        while self.boot_id == known:
            await self._replaced.wait()
        return self.boot_id

    async def release(self) -> None:
        """Give the lease up; connections that are still recorded go with it."""
        await db.write_first(_release, self.boot_id)


_DEAD = Q(renewed_at__lt=Now() - timedelta(seconds=connection_records.LEASE_SECONDS))


_LEFT = KeptQuery(
    lambda: (
        ServerLease.objects.filter(_DEAD | Exists(Connection.objects.filter(expires_at__lte=Now())))
        .order_by()
        .values_list("pk")[:1]
    )
)


def is_anything_left() -> bool:
    """Tell whether a process has died, or a connection is past its lifetime; locks nothing."""
    return bool(_LEFT.rows())


@transaction.atomic
def reap() -> list[News]:
    """Remove the connections of dead processes and those past their lifetime; no grace is added."""
    # Two processes find the same dead one; whoever has its lease locked owns the clean-up.
    return _clean(list(ServerLease.objects.filter(_DEAD).select_for_update(skip_locked=True)))


@transaction.atomic
def sweep() -> list[News]:
    """Remove what processes of this host left behind that no longer exist."""
    ours = ServerLease.objects.filter(host=socket.gethostname()).select_for_update(skip_locked=True)
    return _clean([lease for lease in ours if not is_running(lease)])


def _clean(dead: Collection[ServerLease]) -> list[News]:
    orphans = list(Connection.objects.filter(server__in=dead).order_by("server__renewed_at"))
    # A whole night may lie between the end of the last process and the next one's start.
    alive_at = {lease.boot_id: lease.renewed_at for lease in dead}
    seen_at = {row.user_id: alive_at[row.server_id] for row in orphans}
    over = Connection.objects.filter(expires_at__lte=Now())
    expired = over.order_by("expires_at")[:EXPIRED_TOGETHER]  # the next turn has the next
    news = _remove(orphans, "reaper", seen_at) + _remove(list(expired), "expiry", {})
    ServerLease.objects.filter(pk__in=[lease.pk for lease in dead]).delete()
    return news


def _remove(
    rows: Collection[Connection], cause: metrics.RemovalCause, seen_at: Mapping[int, datetime]
) -> list[News]:
    if not rows:
        return []
    students = locks.presences({row.user_id for row in rows if row.user_type == "student"})
    removed = connection_records.remove([row.connection_id for row in rows])
    metrics.connections_removed(cause, removed)
    # Where a leave is due already, its grace began at a disconnect and is not cut short here.
    staying = (row for row in students.values() if row.leave_due_at is None)
    return transitions.leave(staying, seen_at)


def _insert(boot_id: str) -> None:
    database_clock.follow()
    ServerLease.objects.create(
        boot_id=boot_id,
        host=socket.gethostname(),
        pid=os.getpid(),
        process_started=_started(os.getpid()),
        renewed_at=Now(),
        key_fingerprints=own_fingerprints(),
    )
    with suppress(DatabaseError):  # the lease stands all the same, and /readyz looks again
        if found := strangers(own_fingerprints(), living_leases()):
            logger.warning(
                "This process has another SECRET_KEY than %s. %s", named(found), CONSEQUENCE
            )


def renew(boot_id: str) -> bool:
    """Renew a lease on the database's clock, which is looked at; False when it is gone."""
    database_clock.follow()
    return bool(ServerLease.objects.filter(boot_id=boot_id).update(renewed_at=Now()))


@transaction.atomic
def _release(boot_id: str) -> None:
    if not Connection.objects.filter(server_id=boot_id).exists():
        ServerLease.objects.filter(boot_id=boot_id).delete()


def living_leases() -> list[ServerLease]:
    """List the leases that are fresh, but for those of this host whose process has ended; blocks.

    A process that was killed leaves its lease for some seconds.
    """
    fresh = _fresh().order_by("host", "pid")
    return [lease for lease in fresh if lease.host != socket.gethostname() or is_running(lease)]


def is_first(boot_id: str) -> bool:
    """Tell whether a process is the first of all living ones, which just one is; blocks."""
    first = _fresh().order_by("boot_id").values_list("boot_id", flat=True).first()
    return first == boot_id


def _fresh() -> QuerySet[ServerLease]:
    """Find the leases that `reap` leaves alone."""
    since = Now() - timedelta(seconds=connection_records.LEASE_SECONDS)
    return ServerLease.objects.filter(renewed_at__gte=since)


def is_running(lease: ServerLease) -> bool:
    """Tell whether the process of a lease of this host exists: its pid and start time together."""
    try:
        return _started(lease.pid) == lease.process_started
    except psutil.NoSuchProcess:
        return False


def _started(pid: int) -> int:
    return int(psutil.Process(pid).create_time() * 100)
