"""`status`: what a student is doing now, on its way to the tutor's dashboards."""

import time
from collections.abc import Iterable
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from realtime.broadcast import publish
from realtime.broadcast.dashboard_frames import moving_json, staying_json
from realtime.presence import transitions
from realtime.presence.circumstances import from_event
from realtime.presence.class_rules import Report, changes_class, stands
from realtime.presence.news import Announcement, News
from realtime.protocol.client_messages import StatusMessage
from realtime.protocol.codes import ErrorCode
from realtime.protocol.errors import MessageRefused
from realtime.protocol.wire_limits import PROGRESS_DECIMALS, SESSION_ID_LENGTH, TIMESTAMP_LENGTH
from realtime.socket_commands.command_table import Immediate, command
from realtime.sockets.layer_events import layer_event
from realtime.sockets.live_connection import LiveConnection
from speaktracker import db
from speaktracker.clock import epoch, stamp
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
    report = take(connection, message)
    connection.process.journal.record(report)
    publish_report(connection, report, received=epoch())


@command("status", StatusMessage, "student", immediate=Immediate(is_ready, show_now))
async def report_status(connection: LiveConnection, message: StatusMessage) -> None:
    """Show a student's status; one that moves them into or out of class waits for its commit."""
    await connection.process.awake()
    report = take(connection, message)
    if changes_class(connection.in_class, message.status):
        news = await db.write(transitions.apply, [report])
        connection.process.journal.follow(report)
        connection.in_class = message.status != "finished"
        learn_news(connection, news)
        publish.announce(news)
    else:
        journal_and_publish(connection, report, received=epoch())


@layer_event("student.changed")
def learn_change(connection: LiveConnection, event: dict[str, Any]) -> None:
    """Learn what another tab, or another process, made of this student."""
    connection.learn(event["version"], event["in_class"])
    told = event.get("circumstances")
    if told is None:  # of the release before this one
        return
    is_news = connection.learn_circumstances(from_event(told))
    # The change was announced with the practice of SQL, which this socket may be ahead of.
    last = connection.reported
    if is_news and last is not None and last.version > event["practice_version"]:
        repeat_status(connection)


def learn_news(connection: LiveConnection, news: Iterable[News]) -> None:
    """Learn what a transition that this socket caused made of its student, before others hear."""
    for item in news:
        if isinstance(item, Announcement):
            connection.learn_student(item.change.student)


def repeat_status(connection: LiveConnection) -> None:
    """Repeat a student's last status, which a leave made SQL forget while the socket lived on."""
    last = connection.reported
    # A finished session is over: said again, it would only flicker at the tutor's. And what brings
    # a student back into class waits for its commit: shown before, it would contradict itself.
    if last and last.status != "finished" and connection.in_class:
        connection.version, _moment = stamp(connection.version)
        circumstances = connection.circumstances.version
        again = replace(last, version=connection.version, circumstances_version=circumstances)
        journal_and_publish(connection, again)


def take(connection: LiveConnection, message: StatusMessage) -> Report:
    """Take a status as the connection's latest, its texts normalised; raises MessageRefused."""
    address, own = message.user_email, connection.email
    if address is not UNSET and address != own and normal_email(address) != own:
        raise MessageRefused(ErrorCode.FORBIDDEN, path="$.user_email")
    if connection.tutor is None:
        raise MessageRefused(ErrorCode.TUTOR_NOT_FOUND)
    before = connection.said
    # What equals a text that was taken needs no second look.
    session_id, sentence = message.session_id, message.current_sentence
    if session_id != before.session_id:
        session_id = normal_session_id(session_id)
    if sentence != before.current_sentence:
        sentence = normal_text(sentence)
    version, moment = stamp(connection.version)
    progress = round(message.progress, PROGRESS_DECIMALS) + 0  # -0.001 is 0, not -0.0
    status = message.status
    report = connection.said = connection.reported = Report(
        status,
        session_id,
        sentence,
        progress,
        moment,
        message.skipped,
        student_id=connection.user_id,
        version=version,
        client_timestamp=None if message.timestamp is UNSET else clock_text(message.timestamp),
        status_since=before.status_since if before.status == status else moment,
        progress_since=before.progress_since if stands(before, progress, sentence) else moment,
        circumstances_version=connection.circumstances.version,
        done=None if message.done is UNSET else message.done,
    )
    connection.version = version
    return report


def clock_text(timestamp: str) -> str:
    """Write what a client's clock said as its column holds it: in NFC texts may be longer."""
    return normal_text(timestamp)[:TIMESTAMP_LENGTH]


def normal_session_id(session_id: str) -> str:
    """Write a session's id as it is stored; raises MessageRefused."""
    session_id = normal_text(session_id)
    # Measured again: without control characters it may be blank, in NFC longer than its column.
    if not session_id.strip() or len(session_id) > SESSION_ID_LENGTH:
        raise MessageRefused(ErrorCode.INVALID_MESSAGE, path="$.session_id")
    return session_id


def journal_and_publish(connection: LiveConnection, report: Report, received: float = 0.0) -> None:
    """Journal a report and publish it; see publish_report for `received`."""
    connection.process.journal.record(report)
    publish_report(connection, report, received)


def publish_report(connection: LiveConnection, report: Report, received: float = 0.0) -> None:
    """Tell the tutor's dashboards of a report that came at `received` (epoch s; 0: again)."""
    tutor = connection.tutor
    if tutor is None:
        return
    user_id, circumstances = connection.user_id, connection.circumstances
    version = report.version
    staying = staying_json(connection.email, connection.name, report.status_since, circumstances)
    data = f"{staying}{moving_json(report, version, report.progress_since)}"
    publish.status_shown(tutor, user_id, version, connection.in_class, data, received)
