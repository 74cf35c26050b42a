"""What every process does beside its sockets. `DUTIES` says what, and how often (seconds).

Each duty may raise Unavailable; it is simply tried again at its next turn.
"""

import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

from django.conf import settings
from django.db.models import F

from realtime.broadcast.publish import announce
from realtime.models import Presence
from realtime.per_process.process_state import Process
from realtime.presence import admission, practice_sessions, server_leases, transitions
from realtime.presence.admission import Place
from realtime.protocol.codes import CloseCode
from realtime.socket_commands.status import say_again
from realtime.sockets.live_connection import LiveConnection
from realtime.sockets.message_source import messages
from speaktracker import db
from speaktracker.roster.models import TutorStudent, User
from speaktracker.roster.selectors import revision, tutors_of

PURGE_SECONDS = 600

Duty = Callable[[Process], Awaitable[None]]


async def renew_lease(process: Process) -> None:
    """Renew the lease; replace one that was reaped, and record its connections again."""
    await process.ready()
    async with process.waking():
        if not await process.lease.renew():
            await process.lease.replace()
            for connection in list(process.connections):
                await _record_again(process, connection)


async def _record_again(process: Process, connection: LiveConnection) -> None:
    age = timedelta(seconds=time.monotonic() - connection.opened_at)
    place = Place(connection.connection_id, connection.channel, process.lease.boot_id)
    news = await db.write(admission.readmit, connection.user_id, place, age)
    await announce(news)
    for item in news:
        if isinstance(item, transitions.Announcement):
            connection.learn(item.change.student.version, item.change.student.in_class)
    if news:
        await say_again(connection)


async def reap(process: Process) -> None:
    """Remove what dead processes left, once this one knows that the database is back for good."""
    if process.lease.may_reap:
        await announce(await db.write(server_leases.reap))


async def carry_out_leaves(process: Process) -> None:
    """Announce the leaves whose grace has passed, and try departures that wait."""
    await process.departures.carry_out_due()
    await announce(await db.write(transitions.leave_overdue))


async def close_overdue(process: Process) -> None:
    """Close sockets that are idle, too old, or whose token has run out."""
    now, epoch = time.monotonic(), time.time()
    limits = settings.LIMITS
    for connection in list(process.connections):
        if now - connection.opened_at > limits.connection_age_seconds:
            connection.close(CloseCode.CONNECTION_AGE)
        elif connection.token_expires_at is not None and connection.token_expires_at < epoch:
            connection.close(CloseCode.TOKEN_EXPIRED)
        elif now - connection.active_at > limits.idle_timeout_seconds:
            connection.time_out()


async def follow_roster(process: Process) -> None:
    """Notice changes of who teaches whom that no announcement brought here."""
    number = await db.read(revision)
    if number == process.roster_revision:
        return
    await announce(await db.write(_reconcile_all))
    students = process.students()
    tutors = await db.read(tutors_of, {connection.user_id for connection in students})
    for connection in students:
        connection.tutor = transitions.tutor_of(tutors.get(connection.user_id))
    for connection in list(process.connections):
        if connection.dashboard:
            await connection.dashboard.check()
    process.roster_revision = number


async def follow_people(process: Process) -> None:
    """Close the sockets of people who were deactivated or deleted unheard."""
    ids = {connection.user_id for connection in process.connections}
    active = await db.read(_active, ids)
    for connection in list(process.connections):
        if connection.user_id in ids and connection.user_id not in active:
            connection.close(CloseCode.INVALID_CREDENTIALS)


async def check_dashboards(process: Process) -> None:
    """Send dashboards what lost pushes left out, each at its own time."""
    now = time.monotonic()
    for connection in list(process.connections):
        if connection.dashboard and now >= connection.dashboard.check_at:
            await connection.dashboard.check()


async def reread_messages(process: Process) -> None:
    """Give connected students what a lost push left out."""
    source = messages()
    students = process.students()
    if source is None or not students:
        return
    waiting = set(await source.waiting({connection.user_id for connection in students}))
    for connection in students:
        if connection.user_id in waiting and connection.mailbox:
            await connection.mailbox.catch_up()


async def purge_sessions(_process: Process) -> None:
    """Delete practice sessions past their lifetime, a batch at a time."""
    while await db.write(practice_sessions.purge):
        pass


def duties() -> list[tuple[float, Duty]]:
    """List the duties with their periods, as the settings now are."""
    limits = settings.LIMITS
    return [
        (server_leases.RENEW_SECONDS, renew_lease),
        (server_leases.RENEW_SECONDS, reap),
        (min(1.0, limits.rejoin_grace_seconds / 4), carry_out_leaves),
        (min(1.0, limits.idle_timeout_seconds / 4), close_overdue),
        (2.0, follow_roster),
        (10.0, follow_people),
        (min(1.0, limits.dashboard_check_seconds / 4), check_dashboards),
        (limits.feedback_reread_seconds, reread_messages),
        (PURGE_SECONDS, purge_sessions),
    ]


def _reconcile_all() -> list[transitions.News]:
    moved = TutorStudent.objects.filter(student__presence__isnull=False).exclude(
        student__presence__tutor=F("tutor")
    )
    unassigned = Presence.objects.filter(tutor__isnull=False, student__mapping__isnull=True)
    ids = set(moved.values_list("student_id", flat=True))
    ids.update(unassigned.values_list("student_id", flat=True))
    return transitions.reconcile(ids)


def _active(user_ids: set[int]) -> set[int]:
    found = User.objects.filter(pk__in=user_ids, is_active=True)
    return set(found.values_list("pk", flat=True))
