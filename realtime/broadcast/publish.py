"""Telling other sockets and processes: each text is written once, here, and forwarded as it stands.

What is published is a hint; the facts are in SQL. So nobody waits for it, and a layer that is away
is logged, never raised.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec

from channels.layers import get_channel_layer

from realtime.broadcast import dashboard_frames, foreign_layer
from realtime.broadcast.unpublished_events import unpublished_events
from realtime.presence.circumstances import as_event
from realtime.presence.class_rules import Student, StudentChange
from realtime.presence.news import Membership, Moved, News, Tutor
from realtime.protocol.codes import CloseCode
from realtime.protocol.server_messages import FeedbackStatus, encode
from speaktracker import db
from speaktracker.exceptions import Unavailable
from speaktracker.layers import ClassroomLayer

Event = dict[str, Any]
P = ParamSpec("P")

# More than so many are not named to those who follow the change log.
NAMED_AT_MOST = 500
# The group of every process that follows the change log.
FOLLOWERS = "followers"


def user_group(user_id: int) -> str:
    """Name the group of every socket of one user."""
    return f"user.{user_id}"


def dashboards_group(tutor_id: int) -> str:
    """Name the group of every open dashboard of one tutor."""
    return f"dashboards.{tutor_id}"


def journal_group(server_id: str) -> str:
    """Name the group in which a server process's journal is asked, by the id of its lease."""
    return f"journal.{server_id}"


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

    db.wait_in_loop(in_the_loop)


def student_changed(
    tutor: Tutor,
    change: StudentChange,
    membership: Membership | None = None,
    received: float = 0.0,
) -> None:
    """Tell a tutor's dashboards of one student; `received` is when the status came (epoch s)."""
    student = change.student
    event = _student_event(
        dashboard_frames.head(tutor.email, change.action),
        dashboard_frames.student_json(student, change.reason),
        student.student_id,
        student.version,
        # For a dashboard, a student who was taken off its roster is no longer in class.
        student.in_class and membership != "removed",
    )
    event["action"] = change.action
    event["membership"] = membership
    event["received"] = received
    _publish(dashboards_group(tutor.user_id), event)


def status_shown(
    tutor: Tutor, student_id: int, version: int, in_class: bool, data: str, received: float
) -> None:
    """Tell a tutor's dashboards what a student does now; `data` is JSON, as `student_json` writes.

    As `student_changed`, without the objects that it takes: each plain status comes this way.
    """
    head = dashboard_frames.head(tutor.email, "update")
    event = _student_event(head, data, student_id, version, in_class)
    event["received"] = received
    group, layer = dashboards_group(tutor.user_id), get_channel_layer()
    if not isinstance(layer, ClassroomLayer) or unpublished_events.is_on:
        _publish(group, event)
        return
    try:
        layer.group_send_where_heard(group, event)
    except (Unavailable, OSError) as error:
        unpublished_events.met(error)


def _student_event(head: str, data: str, student_id: int, version: int, in_class: bool) -> Event:
    return {
        "type": "dashboard.student",
        "student": student_id,
        "version": version,
        "in_class": in_class,
        "action": "update",
        "membership": None,
        "received": 0.0,
        "text": f"{head}{data}}}",
        "data_at": len(head),
    }


def feedback_status(tutor_id: int, status: FeedbackStatus) -> None:
    """Tell a tutor's dashboards how far one feedback has come."""
    event = {
        "type": "dashboard.feedback",
        "message_id": status.message_id,
        "state": status.state,
        "acknowledged": status.acknowledged,
        "text": encode(status),
    }
    _publish(dashboards_group(tutor_id), event)


def ask_journal(server_id: str, tutor_ids: Collection[int]) -> None:
    """Ask a process for what these tutors' students said there that SQL does not have yet."""
    _publish(journal_group(server_id), {"type": "journal.wanted", "tutor_ids": [*tutor_ids]})


def heard_elsewhere(tutor_id: int) -> None:
    """Note that another process may have a dashboard of this tutor; until Redis says it has not."""
    layer = get_channel_layer()
    if isinstance(layer, ClassroomLayer):
        layer.heard_elsewhere(dashboards_group(tutor_id))


@contextmanager
def telling_who_listens() -> Iterator[None]:
    """Publish statuses only for tutors with dashboards elsewhere: `heard_elsewhere` is called."""
    layer = get_channel_layer()
    layer.is_told_who_listens = True
    try:
        yield
    finally:
        layer.is_told_who_listens = False


def roster_changed(people: Collection[int] = (), students: Collection[int] = ()) -> None:
    """Have processes look into the change log at once: those whom it concerns, or all.

    It concerns all where nobody is named, or too many: who has sockets of these `people`, or of
    their students; and of `students` who have other tutors, lenders or groups, dashboards.
    """
    event: Event = {"type": "roster.changed"}
    if 0 < len(people) + len(students) <= NAMED_AT_MOST:
        event |= {"people": [*people], "students": [*students]}
    _publish(FOLLOWERS, event)


def connected_elsewhere(user_id: int) -> None:
    """Tell every socket of one user that several processes hold sockets of theirs."""
    _publish(user_group(user_id), {"type": "user.elsewhere"})


def close_channel(channel: str, code: CloseCode, reason: str = "") -> None:
    """Close one socket by the channel of its record, with up to 123 bytes of a reason."""
    send(channel, {"type": "socket.close", "code": int(code), "reason": reason})


def send(channel: str, event: Event) -> None:
    """Send an event to one channel."""
    layer = get_channel_layer()
    is_ours = isinstance(layer, ClassroomLayer)
    _hand_over(layer.send_nowait if is_ours else layer.send, is_ours, channel, event)


def student_moved(moved: Moved) -> None:
    """Tell the sockets of a student who teaches them now."""
    after = moved.after
    event = {
        "type": "student.moved",
        "tutor_id": after.user_id if after else None,
        "tutor_email": after.email if after else None,
        "tutor_name": after.name if after else None,
    }
    _publish(user_group(moved.student_id), event)


def tell_own_sockets(student: Student) -> None:
    """Tell the sockets of a student what another tab, or another process, made of them."""
    event = {
        "type": "student.changed",
        "version": student.version,
        "practice_version": student.practice_version,
        "in_class": student.in_class,
        "circumstances": as_event(student.circumstances),
    }
    _publish(user_group(student.student_id), event)


def _publish(group: str, event: Event) -> None:
    layer = get_channel_layer()
    is_ours = isinstance(layer, ClassroomLayer)
    _hand_over(layer.group_send_nowait if is_ours else layer.group_send, is_ours, group, event)
    if is_ours and unpublished_events.is_on and layer.healthy:
        unpublished_events.over()


def _hand_over(
    send_to: Callable[[str, Event], Any], is_ours: bool, name: str, event: Event
) -> None:
    try:
        if is_ours:
            send_to(name, event)
        else:
            foreign_layer.send_soon(send_to, name, event)
    except (Unavailable, OSError) as error:
        unpublished_events.met(error)
