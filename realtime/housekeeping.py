"""What every process does beside its sockets. `duties` lists what, and how often (seconds).

Each duty may raise Unavailable; it is simply tried again at its next turn.
"""

import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

from django.conf import settings

from realtime.broadcast.publish import announce
from realtime.per_process.process_state import this_process
from realtime.presence import admission, practice_sessions, server_leases, transitions
from realtime.presence.connection_records import SocketAddress
from realtime.protocol.codes import CloseCode
from realtime.socket_commands.status import repeat_status
from realtime.sockets.live_connection import LiveConnection
from realtime.sockets.message_source import messages
from realtime.sockets.open_sockets import open_sockets
from speaktracker import db
from speaktracker.roster.selectors import active_ids, revision, tutors_of

PURGE_SECONDS = 600

Duty = Callable[[], Awaitable[None]]


async def renew_lease() -> None:
    """Renew the lease; replace one that was reaped, and record its connections again."""
    process = this_process()
    await process.ready()
    async with process.renewing():
        if not await process.lease.renew():
            await process.lease.replace()
            for connection in open_sockets():
                await record_again(connection)


async def record_again(connection: LiveConnection) -> None:
    """Record a living connection again whose record went with its process's lease."""
    age = timedelta(seconds=time.monotonic() - connection.opened_at)
    address = SocketAddress(
        connection.connection_id, connection.channel, connection.process.lease.boot_id
    )
    news = await db.write(admission.readmit, connection.user_id, address, age)
    announce(news)
    for item in news:
        if isinstance(item, transitions.Announcement):
            connection.learn(item.change.student.version, item.change.student.in_class)
    if news:
        repeat_status(connection)


async def reap() -> None:
    """Remove what dead processes left, once this one knows that the database is back for good."""
    if this_process().lease.may_reap:
        announce(await db.write(server_leases.reap))


async def announce_leaves() -> None:
    """Announce the leaves whose grace has passed, and try disconnects that wait."""
    await this_process().disconnects.write_due()
    announce(await db.write(transitions.leave_overdue))


async def close_overdue() -> None:
    """Close sockets that are idle, too old, or whose token has run out."""
    now, epoch = time.monotonic(), time.time()
    limits = settings.LIMITS
    for connection in open_sockets():
        if now - connection.opened_at > limits.connection_age_seconds:
            connection.close(CloseCode.CONNECTION_AGE)
        elif connection.token_expires_at is not None and connection.token_expires_at < epoch:
            connection.close(CloseCode.TOKEN_EXPIRED)
        elif now - connection.write_queue.active_at > limits.idle_timeout_seconds:
            connection.time_out()


async def follow_roster() -> None:
    """Notice changes of who teaches whom that no announcement brought here."""
    process = this_process()
    number = await db.read(revision)
    if number == process.roster_revision:
        return
    announce(await db.write(transitions.reconcile_all))
    students = open_sockets().students()
    tutors = await db.read(tutors_of, {connection.user_id for connection in students})
    for connection in students:
        connection.tutor = transitions.tutor_of(tutors.get(connection.user_id))
    for connection in open_sockets():
        if connection.dashboard:
            await connection.dashboard.check()
    process.roster_revision = number


async def follow_people() -> None:
    """Close the sockets of people who were deactivated or deleted unheard."""
    ids = {connection.user_id for connection in open_sockets()}
    active = await db.read(active_ids, ids)
    for connection in open_sockets():
        if connection.user_id in ids and connection.user_id not in active:
            connection.close(CloseCode.INVALID_CREDENTIALS)


async def check_dashboards() -> None:
    """Send dashboards what lost pushes left out, each at its own time."""
    now = time.monotonic()
    for connection in open_sockets():
        if connection.dashboard and now >= connection.dashboard.check_at:
            await connection.dashboard.check()


async def reread_messages() -> None:
    """Give connected students what a lost push left out."""
    source = messages()
    students = open_sockets().students()
    if source is None or not students:
        return
    waiting = set(await source.waiting({connection.user_id for connection in students}))
    for connection in students:
        if connection.user_id in waiting and connection.ordered_feedback:
            await connection.ordered_feedback.catch_up()


async def purge_sessions() -> None:
    """Delete practice sessions past their lifetime, a batch at a time."""
    while await db.write(practice_sessions.purge):
        pass


def duties() -> list[tuple[float, Duty]]:
    """List the duties with their periods, as the settings now are."""
    limits = settings.LIMITS
    return [
        (server_leases.RENEW_SECONDS, renew_lease),
        (server_leases.RENEW_SECONDS, reap),
        (min(1.0, limits.rejoin_grace_seconds / 4), announce_leaves),
        (min(1.0, limits.idle_timeout_seconds / 4), close_overdue),
        (2.0, follow_roster),
        (10.0, follow_people),
        (min(1.0, limits.dashboard_check_seconds / 4), check_dashboards),
        (limits.feedback_reread_seconds, reread_messages),
        (PURGE_SECONDS, purge_sessions),
    ]
