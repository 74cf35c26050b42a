"""Attendance of the whole school for staff: sheets to be printed, or a file.

As it was then: of the group that a student was in, and of the tutor who was responsible, when they
came; so a class that was moved meanwhile, or whose year has ended, is found where it was.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from realtime.history.attendance import TooManyRows, all_sessions, present_by_group
from realtime.history.attendance_sheets import sections_of
from realtime.history.bodies import csv_text, sheet_row
from realtime.history.day_ranges import DayRange, WrongRange, day_range
from realtime.history.selectors import Wanted
from realtime.history.serializers import too_long
from realtime.models import ClassStay
from speaktracker.roster import selectors
from speaktracker.roster.admin.forms import PersonSelect
from speaktracker.roster.fields import GROUP_WORD
from speaktracker.roster.models import TutorStudent, User
from speaktracker.school_days import today
from speaktracker.staff_home.home_lines import HomeLine

VIEW = "realtime.view_classstay"
# As many as there is time to reckon while somebody waits for a page.
MOST_ON_STAFF_PAGE = 500
MOST_NAMED = 500
TOO_LONG_A_PAGE = gettext_lazy(
    "This is too much for one page. Choose a group or a tutor, or fewer days; or save it for Excel."
)
TOO_LONG_A_FILE = gettext_lazy(
    "This is too much for one file. Choose a group or a tutor, or fewer days."
)


class AttendanceForm(forms.Form):
    """Whose attendance: of some days, a tutor, a group."""

    first = forms.DateField(
        required=False,
        label=gettext_lazy("From"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    last = forms.DateField(
        required=False,
        label=gettext_lazy("To"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    tutor = forms.ModelChoiceField(
        selectors.tutors(),
        required=False,
        label=gettext_lazy("tutor"),
        widget=PersonSelect(TutorStudent._meta.get_field("tutor"), admin.site),
    )
    group = forms.CharField(
        required=False,
        max_length=64,
        label=GROUP_WORD,
        widget=forms.TextInput(attrs={"list": "groups", "autocomplete": "off"}),
    )

    def __init__(self, asked: QueryDict, may_see_tutors: bool) -> None:
        given = {name: asked.get(name, "") for name in self.base_fields}
        given["first"] = given["first"] or given["last"] or today().isoformat()
        given["last"] = given["last"] or given["first"]
        super().__init__(given)
        if not may_see_tutors:
            del self.fields["tutor"]

    @property
    def wanted(self) -> Wanted:
        """Return whose stays are asked for, and when; raises WrongRange."""
        told = self.cleaned_data
        tutor: User | None = told.get("tutor")
        days = day_range(told["first"], told["last"])
        return Wanted(None, days, told["group"], tutor.pk if tutor else None)


def view_of(model_admin: "admin.ModelAdmin[Any]") -> Any:
    """Make the page of attendance; with `?format=csv` it answers with a file."""

    def view(request: HttpRequest) -> HttpResponse:
        if not model_admin.has_view_permission(request):
            raise PermissionDenied
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        form = AttendanceForm(request.GET, request.user.has_perm("roster.view_user"))
        is_file = request.GET.get("format") == "csv"
        shown: dict[str, Any] = {}
        if form.is_valid():
            try:
                wanted = form.wanted
                if is_file:
                    return _file(wanted)
                shown = sheets_of(wanted)
            except WrongRange:
                shown = {"fault": too_long()}
            except TooManyRows:
                shown = {"fault": TOO_LONG_A_FILE}
        context = {
            **model_admin.admin_site.each_context(request),
            "title": gettext("Attendance"),
            "opts": ClassStay._meta,
            "form": form,
            "groups": selectors.groups(MOST_NAMED),
            "list_url": reverse("admin:realtime_classstay_changelist"),
            "address": request.path,
            **shown,
        }
        return TemplateResponse(request, "admin/realtime/classstay/attendance.html", context)

    return model_admin.admin_site.admin_view(view)


def sheets_of(wanted: Wanted) -> dict[str, Any]:
    """Read the sheets of what is wanted; of a day that is too much for a page, its groups.

    Raises TooManyRows where there are too many of these as well.
    """
    try:
        return {"sections": sections_of(all_sessions(wanted, MOST_ON_STAFF_PAGE)), "may_save": True}
    except TooManyRows:
        days = wanted.days
        is_one_day = days is not None and days.first == days.last
        by_group = present_by_group(wanted) if is_one_day and not wanted.group else []
        return {"fault": TOO_LONG_A_PAGE, "by_group": by_group, "may_save": True}


def _file(wanted: Wanted) -> HttpResponse:
    """Answer with all rows, as a file that is named by its days; raises TooManyRows."""
    text = csv_text(sheet_row(session) for session in all_sessions(wanted))
    days = wanted.days or DayRange(today(), today())
    named = dict.fromkeys((days.first.isoformat(), days.last.isoformat()))
    name = "-".join(("attendance", *named))
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=headers)


def attendance_line() -> list[HomeLine]:
    """Lead from the admin's home to the attendance of today."""
    return [
        HomeLine(gettext("Attendance, to print"), reverse("admin:realtime_classstay_attendance"))
    ]
