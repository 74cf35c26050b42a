"""`status`: what a student is doing now, on its way to the tutor's dashboards."""

import time

from msgspec import UNSET
from msgspec.structs import replace

from realtime.broadcast import publish
from realtime.presence import transitions
from realtime.presence.class_rules import Practice, Report, Student, StudentChange
from realtime.protocol.client_messages import StatusMessage
from realtime.protocol.codes import ErrorCode
from realtime.protocol.errors import MessageRefused
from realtime.protocol.field_types import Status
from realtime.protocol.wire_limits import SESSION_ID_LENGTH
from realtime.socket_commands.command_table import Immediate, command
from realtime.sockets.live_connection import LiveConnection
from speaktracker import db
from speaktracker.clock import stamp
from speaktracker.text import normal_email, normal_text


def changes_class(in_class: bool, status: Status) -> bool:
    """Tell whether `status` of an online student moves them into or out of class."""
    return in_class == (status == "finished")


def is_ready(connection: LiveConnection, message: StatusMessage) -> bool:
    """Tell whether nothing keeps a status from being shown at once: no commit, no waking."""
    return (
        connection.tutor is not None
        and not changes_class(connection.in_class, message.status)
        and time.monotonic() < connection.process.awake_until
    )


def show_now(connection: LiveConnection, message: StatusMessage) -> None:
    """Show a status that is ready; raises MessageRefused."""
    report = take(connection, message)
    connection.process.journal.record(report)
    publish_report(connection, report, received=time.time())


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
        connection.process.journal.record(report)
        publish_report(connection, report, received=time.time())


def repeat_status(connection: LiveConnection) -> None:
    """Repeat a student's last status, which a leave made SQL forget while the socket lived on."""
    last = connection.reported
    # A finished session is over: said again, it would only flicker at the tutor's.
    if last and last.practice.status != "finished":
        connection.version, _moment = stamp(connection.version)
        report = replace(last, version=connection.version)
        connection.process.journal.record(report)
        publish_report(connection, report)


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
    version, moment = stamp(connection.version)
    sentence = normal_text(message.current_sentence)
    report = connection.reported = Report(
        connection.user_id,
        version,
        Practice(message.status, session_id, sentence, message.progress, moment),
        None if message.timestamp is UNSET else normal_text(message.timestamp),
    )
    connection.version = version
    return report


def publish_report(connection: LiveConnection, report: Report, received: float = 0.0) -> None:
    """Tell the tutor's dashboards of a report that came at `received` (epoch s; 0: again)."""
    if connection.tutor:
        student = Student(
            connection.user_id,
            connection.email,
            connection.name,
            True,
            connection.in_class,
            report.practice,
            report.version,
        )
        change = StudentChange("update", student)
        publish.student_changed(connection.tutor, change, received=received)
