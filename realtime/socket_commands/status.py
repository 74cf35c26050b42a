"""`status`: what a student is doing now, on its way to the tutor's dashboards."""

import time

from msgspec import UNSET
from msgspec.structs import replace

from realtime.broadcast import publish
from realtime.presence import transitions
from realtime.presence.rules import (
    Practice,
    Report,
    StudentChange,
    changes_class,
    next_version,
)
from realtime.protocol.codes import ErrorCode
from realtime.protocol.errors import MessageRefused
from realtime.protocol.messages import StatusMessage
from realtime.protocol.wire_limits import SESSION_ID_LENGTH
from realtime.socket_commands.command_table import Immediate, command
from realtime.sockets.live_connection import LiveConnection
from speaktracker import db
from speaktracker.clock import at, microseconds
from speaktracker.text import normal_email, normal_text


def is_ready(connection: LiveConnection, message: StatusMessage) -> bool:
    """Tell whether nothing keeps a status from being shown at once: no commit, no waking."""
    return (
        connection.tutor is not None
        and not changes_class(connection.in_class, message.status)
        and time.monotonic() < connection.process.awake_until
    )


def show_now(connection: LiveConnection, message: StatusMessage) -> None:
    """Show a status that is ready; raises MessageRefused."""
    show(connection, take(connection, message))


@command("status", StatusMessage, "student", immediate=Immediate(is_ready, show_now))
async def report_status(connection: LiveConnection, message: StatusMessage) -> None:
    """Show a student's status; one that moves them into or out of class waits for its commit."""
    await connection.process.awake()
    report = take(connection, message)
    if changes_class(connection.in_class, message.status):
        news = await db.write(transitions.apply, [report])
        connection.in_class = message.status != "finished"
        publish.announce(news)
    else:
        show(connection, report)


def repeat_status(connection: LiveConnection) -> None:
    """Repeat a student's last status, which a leave made SQL forget while the socket lived on."""
    last = connection.reported
    # A finished session is over: said again, it would only flicker at the tutor's.
    if last and last.practice.status != "finished":
        connection.version = next_version(microseconds(), connection.version)
        show(connection, replace(last, version=connection.version))


def take(connection: LiveConnection, message: StatusMessage) -> Report:
    """Take a status as the connection's latest, its texts normalised; raises MessageRefused."""
    if message.user_email is not UNSET and normal_email(message.user_email) != connection.email:
        raise MessageRefused(ErrorCode.FORBIDDEN, path="$.user_email")
    if connection.tutor is None:
        raise MessageRefused(ErrorCode.TUTOR_NOT_FOUND)
    session_id = normal_text(message.session_id)
    # Measured again: without control characters it may be blank, in NFC longer than its column.
    if not session_id.strip() or len(session_id) > SESSION_ID_LENGTH:
        raise MessageRefused(ErrorCode.INVALID_MESSAGE, path="$.session_id")
    sentence, moment = normal_text(message.current_sentence), microseconds()
    report = Report(
        connection.user_id,
        next_version(moment, connection.version),
        Practice(message.status, session_id, sentence, message.progress, at(moment)),
        None if message.timestamp is UNSET else normal_text(message.timestamp),
    )
    connection.reported = report
    connection.version = report.version
    return report


def show(connection: LiveConnection, report: Report) -> None:
    """Have a report written later, and tell the tutor's dashboards now."""
    connection.process.journal.record(report)
    if connection.tutor:
        student = connection.student(report.practice, report.version)
        publish.student_changed(
            connection.tutor, StudentChange("update", student), received=time.time()
        )
