"""Which students need attention, why and since when: the first reason that holds.

Pure: no Django, no clock, no I/O. The dashboard's page has the same rules in its attention.js; both
are held to tests/attention_cases.json.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple

from realtime.presence.class_rules import Student

if TYPE_CHECKING:
    from speaktracker.limit_settings import Limits

Reason = Literal["help", "idle", "stuck", "paused", "unvisited", "none"]
# Each reason that has to last, so many minutes; settings, and the page's, go by these names.
TIMED: tuple[Reason, ...] = ("idle", "stuck", "paused", "unvisited")


class Attention(NamedTuple):
    """Why a student needs attention, and since when; `none` has no time."""

    reason: Reason
    since: datetime | None


NONE = Attention("none", None)


def attention_minutes(limits: "Limits") -> dict[str, float]:
    """Return how long each timed reason must last, in minutes."""
    return {reason: getattr(limits, f"attention_{reason}_minutes") for reason in TIMED}


def attention(
    student: Student, last_feedback: datetime | None, minutes: Mapping[str, float], now: datetime
) -> Attention:
    """Say why a student needs attention at `now`; `minutes` by reason is how long each must last.

    `last_feedback` is when this tutor gave them some last.
    """
    if not student.in_class:
        return NONE
    call = student.circumstances.help
    if call is not None and call.is_open:
        return Attention("help", call.asked_at)
    status = student.practice.status
    visited = max(filter(None, (last_feedback, student.circumstances.came_at)), default=None)
    began: tuple[tuple[Reason, bool, datetime | None], ...] = (
        ("idle", status == "idle", student.since.status),
        ("stuck", status == "studying", student.since.progress),
        ("paused", status == "paused", student.since.status),
        ("unvisited", status == "studying", visited),
    )
    for reason, holds, since in began:
        if holds and since is not None and now - since >= timedelta(minutes=minutes[reason]):
            return Attention(reason, since)
    return NONE
