"""The pages of history: a student's day, attendance, and who was not visited today."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from realtime.history.attendance_sheets import asked_days, attendance_context, session_line
from realtime.history.coverage import coverage
from realtime.history.day_ranges import WrongRange, day_range
from realtime.history.durations import lasting
from realtime.history.selectors import (
    Person,
    Wanted,
    own_person,
    people_of,
    stay_page,
)
from realtime.history.serializers import cursor_of, cursor_text
from realtime.history.student_day import student_day
from speaktracker.roster.models import User, UserType
from speaktracker.school_days import today
from speaktracker.text import normal_email

EARLIER_STAYS = 30
Page = Callable[[HttpRequest], HttpResponse]


def page_for(user_type: UserType) -> Callable[[Page], Page]:
    """Show a page to users of a type alone; others go where they belong."""

    def decorated(page: Page) -> Page:
        @require_safe
        @login_required
        @never_cache
        def shown(request: HttpRequest) -> HttpResponse:
            if cast(User, request.user).user_type != user_type:
                return redirect("home")
            return page(request)

        return shown

    return decorated


@page_for(UserType.TUTOR)
def tutor_history(request: HttpRequest) -> HttpResponse:
    """Show a tutor the day of one of their students, and earlier ones."""
    email = normal_email(request.GET.get("student", ""))
    if not email:
        return redirect("tutor")
    people = people_of(cast(int, request.user.pk)).values()
    found = next((person for person in people if person.email == email), None)
    if found is None:
        raise PermissionDenied
    return _day_page(request, found, {"student": found.email})


@page_for(UserType.STUDENT)
def student_history(request: HttpRequest) -> HttpResponse:
    """Show a student their own day, and earlier ones."""
    (person,) = own_person(cast(User, request.user)).values()
    return _day_page(request, person, {})


@page_for(UserType.TUTOR)
def attendance_page(request: HttpRequest) -> HttpResponse:
    """Show a tutor who was in class on some days, by group, to be printed."""
    return render(
        request,
        "realtime/history_attendance.html",
        attendance_context(request, people_of(cast(int, request.user.pk))),
    )


@page_for(UserType.TUTOR)
def coverage_page(request: HttpRequest) -> HttpResponse:
    """Show a tutor whom they have not visited today."""
    rows = [
        {
            "person": one.person,
            "in_class": one.in_class,
            "time": lasting(one.in_class_seconds) if one.in_class_seconds else "",
            "last": one.last_feedback and datetime.fromisoformat(one.last_feedback.timestamp),
            "count": one.feedback_today,
        }
        for one in coverage(cast(int, request.user.pk))
    ]
    missed = [row for row in rows if not row["count"]]
    lists = [
        (_("Not visited today, and here today"), [row for row in missed if row["time"]]),
        (_("Not visited today, and not here"), [row for row in missed if not row["time"]]),
        (_("Visited today"), [row for row in rows if row["count"]]),
    ]
    context = {"lists": lists, "day": today(), "all": len(rows)}
    return render(request, "realtime/history_coverage.html", context)


def _day_page(request: HttpRequest, person: Person, query: dict[str, str]) -> HttpResponse:
    asked = asked_days(request)["day"]
    try:
        day = day_range(asked, asked).first
    except WrongRange:
        day = today()
    shown = student_day(person, day)
    page = stay_page(
        Wanted({person.student_id: person}), cursor_of(request.GET.get("before")), EARLIER_STAYS
    )
    sums = shown.sums
    context = {
        "person": person,
        "query": query,
        "shown": shown,
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1) if day < today() else None,
        "today": today(),
        "figures": [
            (_("In class"), lasting(sums.in_class)),
            (_("Practising"), lasting(sums.active)),
            (_("Idle"), lasting(sums.idle)),
            (_("Paused"), lasting(sums.paused)),
            (_("Sentences done"), sums.sentences),
            (_("Feedback"), sums.feedback),
        ],
        "sessions": [session_line(session) for session in page.sessions],
        "next": cursor_text(page.next),
    }
    return render(request, "realtime/history_day.html", context)
