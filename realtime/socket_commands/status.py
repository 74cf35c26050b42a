"""`status`: what a student is doing now, on its way to the tutor's dashboards."""

import time

from msgspec import UNSET
from msgspec.structs import replace

from realtime.broadcast import publish
from realtime.presence import transitions
from realtime.presence.rules import Change, Report, flips, next_version
from realtime.protocol.codes import ErrorCode
from realtime.protocol.errors import MessageRefused
from realtime.protocol.messages import SESSION_ID_LENGTH, StatusMessage
from realtime.socket_commands.command_table import Prompt, command
from realtime.sockets.live_connection import LiveConnection
from speaktracker import db
from speaktracker.clock import at, microseconds
from speaktracker.text import normal_email, normal_text


def _is_ready(connection: LiveConnection, message: StatusMessage) -> bool:
    """Tell whether nothing keeps a status from being shown at once: no commit, no waking."""
    return (
        connection.tutor is not None
        and not flips(connection.in_class, message.status)
        and connection.process.is_awake
    )


def _show_at_once(connection: LiveConnection, message: StatusMessage) -> None:
    if connection.tutor:
        change = _noted(connection, _accepted(connection, message))
        publish.student_changed_now(connection.tutor, change, received=time.time())


@command("status", StatusMessage, "student", prompt=Prompt(_is_ready, _show_at_once))
async def report_status(connection: LiveConnection, message: StatusMessage) -> None:
    """Show a student's status; one that moves them into or out of class waits for its commit."""
    await connection.process.awake()
    report = _accepted(connection, message)
    if flips(connection.in_class, report.status):
        news = await db.write(transitions.apply, [report])
        connection.in_class = report.status != "finished"
        await publish.announce(news)
    else:
        await _show(connection, report)


async def say_again(connection: LiveConnection) -> None:
    """Repeat a student's last status, which a leave made SQL forget while the socket lived on."""
    last = connection.reported
    # A finished session is over: said again, it would only flicker at the tutor's.
    if last and last.status != "finished":
        connection.version = next_version(microseconds(), connection.version)
        await _show(connection, replace(last, version=connection.version))


async def _show(connection: LiveConnection, report: Report) -> None:
    change = _noted(connection, report)
    if connection.tutor:
        await publish.student_changed(connection.tutor, change, received=time.time())


def _noted(connection: LiveConnection, report: Report) -> Change:
    """Have a report written later, and return what dashboards see of it now."""
    connection.process.journal.record(report)
    return Change("update", connection.student(report))


def _accepted(connection: LiveConnection, message: StatusMessage) -> Report:
    """Take a status as the connection's latest; raises MessageRefused."""
    if message.user_email is not UNSET and normal_email(message.user_email) != connection.email:
        raise MessageRefused(ErrorCode.FORBIDDEN, path="$.user_email")
    if connection.tutor is None:
        raise MessageRefused(ErrorCode.TUTOR_NOT_FOUND)
    report = _report(connection, message)
    # Measured again: without control characters it may be blank, in NFC longer than its column.
    if not report.session_id.strip() or len(report.session_id) > SESSION_ID_LENGTH:
        raise MessageRefused(ErrorCode.INVALID_MESSAGE, path="$.session_id")
    connection.reported = report
    connection.version = report.version
    return report


def _report(connection: LiveConnection, message: StatusMessage) -> Report:
    moment = microseconds()
    return Report(
        student_id=connection.user_id,
        version=next_version(moment, connection.version),
        status=message.status,
        session_id=normal_text(message.session_id),
        current_sentence=normal_text(message.current_sentence),
        progress=message.progress,
        arrived_at=at(moment),
        client_timestamp=None if message.timestamp is UNSET else normal_text(message.timestamp),
    )
