"""Telling other sockets and processes: each text is written once, here, and forwarded as it stands.

What is published is a hint; the facts are in SQL. So nobody waits for it, and a layer that is away
is logged, never raised.
"""

import logging
from collections.abc import Callable, Iterable
from typing import Any, ParamSpec

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from realtime.broadcast import dashboard_frames, foreign_layer
from realtime.presence.class_rules import Student, StudentChange
from realtime.presence.transitions import Membership, Moved, News, Tutor
from realtime.protocol.codes import CloseCode
from realtime.protocol.server_messages import FeedbackStatus, encode
from speaktracker import logs
from speaktracker.exceptions import Unavailable
from speaktracker.layers import ClassroomLayer

Event = dict[str, Any]
P = ParamSpec("P")

# The group of every process that keeps a journal.
JOURNALS = "journals"


def user_group(user_id: int) -> str:
    """Name the group of every socket of one user."""
    return f"user.{user_id}"


def dashboards_group(tutor_id: int) -> str:
    """Name the group of every open dashboard of one tutor."""
    return f"dashboards.{tutor_id}"


def announce(news: Iterable[News]) -> None:
    """Publish what a committed transaction changed; each dashboard is asked to reload once."""
    moved: list[Moved] = []
    for item in news:
        if isinstance(item, Moved):
            moved.append(item)
        elif item.tutor:
            student_changed(item.tutor, item.change, item.membership)
            tell_own_sockets(item.change.student)
    tutors = {tutor.user_id for one in moved for tutor in (one.before, one.after) if tutor}
    for tutor_id in sorted(tutors):
        _publish(dashboards_group(tutor_id), {"type": "dashboard.roster"})
    for one in moved:
        student_moved(one)


def from_thread(tell: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
    """Publish from synchronous code, such as a signal of the admin: `from_thread(announce, news)`.

    On a foreign layer it returns once everything was handed over.
    """

    async def in_the_loop() -> None:
        tell(*args, **kwargs)
        await foreign_layer.drain()

    async_to_sync(in_the_loop)()


def student_changed(
    tutor: Tutor,
    change: StudentChange,
    membership: Membership | None = None,
    received: float = 0.0,
) -> None:
    """Tell a tutor's dashboards of one student; `received` is when the status came (epoch s)."""
    student = change.student
    head = dashboard_frames.head(tutor.email, change.action)
    event = {
        "type": "dashboard.student",
        "student": student.student_id,
        "version": student.version,
        # For a dashboard, a student who was taken off its roster is no longer in class.
        "in_class": student.in_class and membership != "removed",
        "action": change.action,
        "membership": membership,
        "received": received,
        "text": f"{head}{dashboard_frames.student_json(student, change.reason)}}}",
        "data_at": len(head),
    }
    _publish(dashboards_group(tutor.user_id), event)


def feedback_status(tutor_id: int, status: FeedbackStatus, but_not_to: str | None = None) -> None:
    """Tell a tutor's dashboards how far one feedback has come."""
    event = {"type": "dashboard.text", "text": encode(status), "but_not_to": but_not_to}
    _publish(dashboards_group(tutor_id), event)


def ask_journals(tutor_id: int, asker: str) -> None:
    """Ask the other processes for what a tutor's students said that SQL does not have yet."""
    _publish(JOURNALS, {"type": "journal.wanted", "tutor_id": tutor_id, "asker": asker})


def close_sockets(user_id: int, code: CloseCode) -> None:
    """Close every socket of one user."""
    _publish(user_group(user_id), {"type": "socket.close", "code": int(code)})


def renamed(user_id: int, name: str) -> None:
    """Tell every socket of one user their new name."""
    _publish(user_group(user_id), {"type": "user.renamed", "name": name})


def close_channel(channel: str, code: CloseCode) -> None:
    """Close one socket by the channel of its record."""
    send(channel, {"type": "socket.close", "code": int(code)})


def send(channel: str, event: Event) -> None:
    """Send an event to one channel."""
    layer = get_channel_layer()
    try:
        if isinstance(layer, ClassroomLayer):
            layer.send_nowait(channel, event)
        else:
            foreign_layer.send_soon(layer.send, channel, event)
    except (Unavailable, OSError) as error:
        _log_lost(event, error)


def student_moved(moved: Moved) -> None:
    """Tell the sockets of a student who teaches them now."""
    after = moved.after
    event = {
        "type": "student.moved",
        "tutor_id": after.user_id if after else None,
        "tutor_email": after.email if after else None,
    }
    _publish(user_group(moved.student_id), event)


def tell_own_sockets(student: Student) -> None:
    """Tell the sockets of a student what another tab, or another process, made of them."""
    event = {"type": "student.changed", "version": student.version, "in_class": student.in_class}
    _publish(user_group(student.student_id), event)


def _publish(group: str, event: Event) -> None:
    layer = get_channel_layer()
    try:
        if isinstance(layer, ClassroomLayer):
            layer.group_send_nowait(group, event)
        else:
            foreign_layer.send_soon(layer.group_send, group, event)
    except (Unavailable, OSError) as error:
        _log_lost(event, error)


def _log_lost(event: Event, error: Exception) -> None:
    logs.event(
        "error",
        status="error",
        level=logging.WARNING,
        message_type=event["type"],
        error=f"not published: {error}",
    )
