"""Attendance as pages show it: a sheet of each day and group, to be printed."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from django.forms import CharField, DateField, Form
from django.http import HttpRequest

from realtime.history.attendance import TooManyRows, all_sessions
from realtime.history.day_ranges import DayRange, WrongRange, day_of, day_range
from realtime.history.durations import lasting
from realtime.history.selectors import AttendedSession, Person, Wanted
from realtime.history.serializers import too_long
from speaktracker.school_days import today

# What one page is printed of; a file holds more.
MOST_ON_PAGE = 2_000


class DaysForm(Form):
    """Days and a group, as an address names them."""

    day = DateField(required=False)
    first = DateField(required=False)
    last = DateField(required=False)
    group = CharField(required=False, max_length=64)


def attendance_context(request: HttpRequest, people: Mapping[int, Person]) -> dict[str, Any]:
    """Read what a page of attendance shows of these people."""
    asked = asked_days(request)
    group = asked["group"] or ""
    groups = {person.group for person in people.values()} | {group}
    context: dict[str, Any] = {"days": DayRange(today(), today()), "group": group}
    try:
        days = context["days"] = day_range(asked["first"], asked["last"])
        sessions = all_sessions(Wanted(people, days, group), MOST_ON_PAGE)
    except WrongRange:
        context["fault"] = too_long()
    except TooManyRows:
        context["fault"] = TooManyRows.SENTENCE
    else:
        context["sections"] = sections_of(sessions)
        groups |= {one.stay.group for one in sessions}
    return context | {"groups": sorted(groups - {""})}


def session_line(session: AttendedSession) -> dict[str, Any]:
    """Write a session as a line of a table."""
    row = session.row
    return {
        "person": session.person,
        "stay": session.stay,
        "day": day_of(row.came_at),
        "came_at": row.came_at,
        "left_at": row.left_at,
        "active": lasting(row.active_seconds),
        "idle": lasting(row.idle_seconds),
        "paused": lasting(row.paused_seconds),
        "sentences": row.sentences,
        "feedback": session.feedback,
    }


def sections_of(sessions: list[AttendedSession]) -> list[dict[str, Any]]:
    """Put sessions together that are of one day and one group."""

    def place(session: AttendedSession) -> tuple[Any, str]:
        return day_of(session.row.came_at), session.stay.group

    def order(session: AttendedSession) -> Any:
        return (*place(session), session.person.name or session.person.email, session.row.came_at)

    return [
        {"day": day, "group": group, "rows": [session_line(session) for session in some]}
        for (day, group), some in groupby(sorted(sessions, key=order), place)
    ]


def asked_days(request: HttpRequest) -> dict[str, Any]:
    """Read the days and the group that an address names; what is none counts as left out."""
    form = DaysForm(request.GET)
    form.is_valid()
    return {name: form.cleaned_data.get(name) for name in form.fields}
