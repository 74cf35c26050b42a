"""What every process does beside its sockets. `duties` lists what, and how often (seconds).

Each duty may raise Unavailable; it is simply tried again at its next turn.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

from django.conf import settings

from realtime.broadcast.publish import announce
from realtime.overdue_sockets import close_overdue
from realtime.per_process.pending_disconnects import PendingDisconnect
from realtime.per_process.process_state import this_process
from realtime.presence import (
    admission,
    class_history,
    connection_records,
    cooldown_records,
    practice_sessions,
    server_leases,
    transitions,
)
from realtime.presence.connection_records import SocketAddress
from realtime.presence.presence_rows import circumstances_after, next_leave
from realtime.sentences.services import purge_ended_assignments
from realtime.shared_sessions import note_session_uses
from realtime.socket_commands.status import learn_news, repeat_status
from realtime.sockets.live_connection import LiveConnection
from realtime.sockets.message_source import messages
from realtime.sockets.open_sockets import open_sockets
from realtime.sockets.pool_sign_outs import ROUND_SECONDS, follow_pool
from speaktracker import db
from speaktracker.auth.validity import services as validity
from speaktracker.clock import now
from speaktracker.cognito.services import purge_unlinked
from speaktracker.db.moved_server import LOOK_SECONDS, follow_address
from speaktracker.db.purging import purge_in_batches
from speaktracker.guard import services as guard_services
from speaktracker.roster.change_log.services import purge_change_log
from speaktracker.roster.erasure.admin_log import purge_admin_log
from speaktracker.roster.loans import services as loans
from speaktracker.roster.year_end import services as year_end

PURGE_SECONDS = 600
LEAVES_WAIT_SECONDS = 1.0
# With more, the snapshots of a changed roster would keep others from the database.
CHECKS_TOGETHER = 100

Duty = Callable[[], Awaitable[None]]


async def renew_lease() -> None:
    """Renew the lease; replace one that was reaped, and record its connections again."""
    process = this_process()
    await process.ready()
    async with process.renewing():
        if not await process.lease.renew():
            await process.lease.replace()
            for connection in open_sockets().latest_words_first():
                await record_again(connection)


async def record_again(connection: LiveConnection) -> None:
    """Record a living connection again whose record went with its process's lease."""
    age = timedelta(seconds=time.monotonic() - connection.opened_at)
    address = SocketAddress(
        connection.connection_id, connection.channel, connection.process.lease.boot_id
    )
    news = await db.write(
        admission.readmit, connection.credentials, address, age, connection.reported
    )
    announce(news)
    learn_news(connection, news)
    if news:
        repeat_status(connection)


async def follow_database() -> None:
    """Leave a database that was left, and mend what the one that took its place may lack."""
    if not await follow_address():
        return
    process = this_process()
    recorded = await db.read(connection_records.recorded_of, process.lease.boot_id)
    remnants = open_sockets().unexpected(recorded)
    for connection in open_sockets().latest_words_first():
        if connection.connection_id not in recorded:
            await record_again(connection)
        repeat_status(connection)
    for connection_id in remnants:
        gone = PendingDisconnect(connection_id, recorded[connection_id])
        await process.disconnects.write(gone)


async def reap() -> None:
    """Remove what dead processes left, once this one knows that the database is back for good."""
    if this_process().lease.may_reap and await db.read(server_leases.is_anything_left):
        announce(await db.write(server_leases.reap))


async def announce_leaves() -> None:
    """Announce the leaves whose grace has passed, and try disconnects that wait."""
    process = this_process()
    # Leaves do not wait until a school's disconnects are all written.
    await process.disconnects.write_due(seconds=LEAVES_WAIT_SECONDS)
    while (looked_at := time.monotonic()) >= process.leaves_from:
        due = await db.read(next_leave)
        # Whoever disconnects after this look has the whole grace before them.
        seconds = settings.LIMITS.rejoin_grace_seconds
        seconds = min(seconds, (due - now()).total_seconds()) if due else seconds
        if seconds > 0:
            process.leaves_from = looked_at + seconds
            return
        news = await db.write(transitions.leave_overdue)
        announce(news)
        if not news:  # others have them in hand
            return


async def check_dashboards() -> None:
    """Send dashboards what lost pushes left out, each at its own time."""
    moment = time.monotonic()
    boards = open_sockets().dashboards()
    dashboards = [connection.dashboard for connection in boards if connection.dashboard]
    due = [dashboard for dashboard in dashboards if moment >= dashboard.check_at]
    for at in range(0, len(due), CHECKS_TOGETHER):
        checks = (dashboard.check() for dashboard in due[at : at + CHECKS_TOGETHER])
        for outcome in await asyncio.gather(*checks, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome


async def reread_messages() -> None:
    """Give connected students what a lost push left out."""
    source = messages()
    students = open_sockets().students()
    if source is None or not students:
        return
    waiting = set(await source.waiting({connection.user_id for connection in students}))
    for connection in students:
        feedback = connection.ordered_feedback
        if feedback and (connection.user_id in waiting or feedback.owes_replay):
            await feedback.catch_up()


async def reread_circumstances() -> None:
    """Learn what a lost push left out of connected students' questions, groups and joins."""
    students = open_sockets().students()
    known = {connection.user_id: connection.circumstances.version for connection in students}
    news = await db.read(circumstances_after, known) if known else {}
    for connection in students:
        if circumstances := news.get(connection.user_id):
            connection.learn_circumstances(circumstances)


async def follow_allowances() -> None:
    """Learn of users with sockets at other processes too whom no announcement made known here."""
    process = this_process()
    sockets = open_sockets()
    if process.messages is None or not sockets.users():
        return
    # Whoever becomes so while SQL is read is left alone.
    known = {one.user_id for one in sockets if one.allowance.shared}
    elsewhere = await db.read(connection_records.users_elsewhere_too, process.lease.boot_id)
    for user_id in elsewhere | known:
        for connection in sockets.of_user(user_id)[:1]:  # its user's sockets share an allowance
            shared_by = process.messages if user_id in elsewhere else None
            connection.allowance.share(user_id, shared_by)


async def purge_sessions() -> None:
    """Delete practice sessions past their lifetime."""
    await purge_in_batches(practice_sessions.purge)


async def look_after_class_history() -> None:
    """Mend stays beside which the release before this one was at work; delete what is too old."""
    await purge_in_batches(class_history.mend_stays)
    await purge_in_batches(class_history.purge_stays)
    await purge_in_batches(class_history.purge_changes_of_practice)


async def purge_ended() -> None:
    """Delete sessions and families of tokens that are over, and what deleted people leave."""
    await purge_in_batches(validity.purge)
    await purge_in_batches(purge_unlinked)
    if deleted := await db.read(validity.recently_deleted):
        await db.run_long(validity.end_sessions_of, deleted)


async def purge_given_lists() -> None:
    """Delete who was given which sentence list, a while after that ended."""
    await purge_in_batches(purge_ended_assignments)


async def purge_notes() -> None:
    """Delete what was noted for a while: cooldowns, changes, and tries of passwords."""
    for purge in (cooldown_records.purge, purge_change_log, guard_services.purge):
        await purge_in_batches(purge)


async def finish_year_ends() -> None:
    """Erase whose year has ended for good, and forget ends of long ago."""
    await purge_in_batches(year_end.finish_due)
    await purge_in_batches(lambda: year_end.purge_year_ends(settings.LIMITS.admin_log_days))


async def purge_old_admin_log() -> None:
    """Delete what the admin's log has kept for long enough."""
    await purge_in_batches(lambda: purge_admin_log(settings.LIMITS.admin_log_days))


async def purge_loans() -> None:
    """Delete loans of students that were over long ago."""
    await purge_in_batches(loans.purge)


def duties() -> list[tuple[float, Duty]]:
    """List the duties with their periods, as the settings now are."""
    limits = settings.LIMITS
    return [
        (server_leases.RENEW_SECONDS, renew_lease),
        (server_leases.RENEW_SECONDS, reap),
        (LOOK_SECONDS, follow_database),
        (min(1.0, limits.rejoin_grace_seconds / 4), announce_leaves),
        (min(1.0, limits.idle_timeout_seconds / 4), close_overdue),
        (ROUND_SECONDS, follow_pool),
        (min(5.0, limits.shared_computer_idle_minutes * 60 / 10), note_session_uses),
        (10.0, follow_allowances),
        (min(1.0, limits.dashboard_check_seconds / 4), check_dashboards),
        (limits.feedback_reread_seconds, reread_messages),
        (limits.feedback_reread_seconds, reread_circumstances),
        (PURGE_SECONDS, purge_sessions),
        (PURGE_SECONDS, look_after_class_history),
        (PURGE_SECONDS, purge_ended),
        (PURGE_SECONDS, purge_given_lists),
        (PURGE_SECONDS, purge_notes),
        (PURGE_SECONDS, purge_old_admin_log),
        (PURGE_SECONDS, finish_year_ends),
        (PURGE_SECONDS, purge_loans),
    ]
