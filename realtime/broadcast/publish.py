"""The one door for publishing: each text is written once, here, and forwarded as it stands.

What is published is a hint; the facts are in SQL. So a layer that is away is logged, never raised.
"""

import logging
from collections.abc import Iterable
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from realtime.broadcast import dashboard_frames, groups
from realtime.presence.rules import Change
from realtime.presence.transitions import Announcement, Membership, Moved, News, Tutor
from realtime.protocol.codes import CloseCode
from realtime.protocol.messages import FeedbackStatus, encode
from speaktracker import logs
from speaktracker.exceptions import Unavailable
from speaktracker.layers import ClassroomLayer

Event = dict[str, Any]


async def announce(news: Iterable[News]) -> None:
    """Publish what a committed transaction changed."""
    for item in news:
        if isinstance(item, Moved):
            await _moved(item)
        elif item.tutor:
            await student_changed(item.tutor, item.change, item.membership)
            await _tell_own_sockets(item)


def announce_from_thread(news: list[News]) -> None:
    """Publish from synchronous code, such as a signal of the admin."""
    if news:
        async_to_sync(announce)(news)


async def student_changed(
    tutor: Tutor, change: Change, membership: Membership | None = None, received: float = 0.0
) -> None:
    """Tell a tutor's dashboards of one student; `received` is when the status came (epoch s)."""
    event = _student_event(tutor, change, membership, received)
    await _publish(groups.dashboards(tutor.user_id), event)


def student_changed_now(tutor: Tutor, change: Change, received: float) -> None:
    """Tell the same of a status without waiting, which only our own layer can."""
    _tell(groups.dashboards(tutor.user_id), _student_event(tutor, change, None, received))


def _student_event(
    tutor: Tutor, change: Change, membership: Membership | None, received: float
) -> Event:
    head = dashboard_frames.head(tutor.email, change.action)
    return {
        "type": "dashboard.student",
        "student": change.student.student_id,
        "version": change.student.version,
        # For a dashboard, a student who was taken off its roster is no longer in class.
        "in_class": change.student.in_class and membership != "removed",
        "action": change.action,
        "membership": membership,
        "received": received,
        "text": f"{head}{dashboard_frames.change_data(change)}}}",
        "data_at": len(head),
    }


async def feedback_status(
    tutor_id: int, status: FeedbackStatus, but_not_to: str | None = None
) -> None:
    """Tell a tutor's dashboards how far one feedback has come."""
    event = {"type": "dashboard.text", "text": encode(status), "but_not_to": but_not_to}
    await _publish(groups.dashboards(tutor_id), event)


async def roster_changed(tutor_id: int) -> None:
    """Have a tutor's dashboards read their students again."""
    await _publish(groups.dashboards(tutor_id), {"type": "dashboard.roster"})


async def ask_journals(tutor_id: int, asker: str) -> None:
    """Ask the other processes for what a tutor's students said that SQL does not have yet."""
    event = {"type": "journal.wanted", "tutor_id": tutor_id, "asker": asker}
    await _publish(groups.journals(), event)


async def close_sockets(user_id: int, code: CloseCode) -> None:
    """Close every socket of one user."""
    await _publish(groups.user(user_id), {"type": "socket.close", "code": int(code)})


async def renamed(user_id: int, name: str) -> None:
    """Tell every socket of one user their new name."""
    await _publish(groups.user(user_id), {"type": "user.renamed", "name": name})


async def close_channel(channel: str, code: CloseCode) -> None:
    """Close one socket by the channel of its record."""
    await send(channel, {"type": "socket.close", "code": int(code)})


async def send(channel: str, event: Event) -> None:
    """Send an event to one channel."""
    try:
        await get_channel_layer().send(channel, event)
    except (Unavailable, OSError) as error:
        _lost(event, error)


async def _moved(moved: Moved) -> None:
    for tutor in (moved.before, moved.after):
        if tutor:
            await roster_changed(tutor.user_id)
    after = moved.after
    await _publish(
        groups.user(moved.student_id),
        {
            "type": "student.moved",
            "tutor_id": after.user_id if after else None,
            "tutor_email": after.email if after else None,
        },
    )


async def _tell_own_sockets(item: Announcement) -> None:
    student = item.change.student
    event = {"type": "student.changed", "version": student.version, "in_class": student.in_class}
    await _publish(groups.user(student.student_id), event)


async def _publish(group: str, event: Event) -> None:
    layer = get_channel_layer()
    if isinstance(layer, ClassroomLayer):
        _tell(group, event)
        return
    try:
        await layer.group_send(group, event)
    except (Unavailable, OSError) as error:
        _lost(event, error)


def _tell(group: str, event: Event) -> None:
    try:
        get_channel_layer().group_tell(group, event)
    except (Unavailable, OSError) as error:
        _lost(event, error)


def _lost(event: Event, error: Exception) -> None:
    logs.event(
        "error",
        status="error",
        level=logging.WARNING,
        message_type=event["type"],
        error=f"not published: {error}",
    )
