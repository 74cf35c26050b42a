"""Moving many students to one tutor, one group or both: choose, see who moves, confirm."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from speaktracker.roster import selectors
from speaktracker.roster.admin.forms import ReassignmentForm
from speaktracker.roster.admin.ranks import ids_above
from speaktracker.roster.models import TutorStudent, User
from speaktracker.roster.services import assign_many

MOST_SHOWN = 200
LIST = "admin:roster_tutorstudent_changelist"
# What the address may name, to begin with a whole class.
WHOSE = ("tutor", "group")


def may_reassign(request: HttpRequest) -> bool:
    """Tell whether this member of staff may add and change mappings."""
    return request.user.has_perms(("roster.add_tutorstudent", "roster.change_tutorstudent"))


def view_of(model_admin: "admin.ModelAdmin[Any]") -> Callable[..., HttpResponse]:
    """Make the page that previews and carries out a reassignment.

    With `?tutor=`, `?group=` or both it begins with all the students of these.
    """

    def view(request: HttpRequest) -> HttpResponse:
        if not may_reassign(request):
            raise PermissionDenied
        asked = whose(request) if request.method == "GET" else None
        if asked is not None:
            return ask(model_admin, request, asked.order_by().values_list("pk", flat=True))
        form = ReassignmentForm(request.POST or None, ids_above=ids_above(request))
        if not form.is_valid():
            chosen = form.cleaned_data.get("students", []) if form.is_bound else []
            if not chosen:
                messages.warning(request, _("Choose the students in the list once more."))
                return HttpResponseRedirect(reverse(LIST))
            return _page(model_admin, request, form, chosen)
        if "confirm" in request.POST:
            return _reassign(request, form)
        return _page(model_admin, request, form, form.cleaned_data["students"])

    return model_admin.admin_site.admin_view(view)


def whose(request: HttpRequest) -> QuerySet[User] | None:
    """Return the students of the tutor and the group that the address names; None without."""
    tutor, group = (request.GET.get(name, "") for name in WHOSE)
    if not (tutor.isdecimal() and len(tutor) < 19) and not group:
        return None
    return selectors.students_in(int(tutor) if tutor.isdecimal() else None, group)


def ask(
    model_admin: "admin.ModelAdmin[Any]", request: HttpRequest, chosen: Iterable[int]
) -> HttpResponse:
    """Show the chosen people and ask for their new tutor or group."""
    people = list(chosen)
    form = ReassignmentForm(initial={"students": ",".join(map(str, people))})
    return _page(model_admin, request, form, people)


def _page(
    model_admin: "admin.ModelAdmin[Any]",
    request: HttpRequest,
    form: ReassignmentForm,
    chosen: list[int],
) -> HttpResponse:
    of_type = selectors.students_with_tutors(chosen)
    movable_ones = movable(request, of_type)
    planned = placements(movable_ones, form)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Give students another tutor or group"),
        "opts": TutorStudent._meta,
        "form": form,
        "is_planned": form.is_bound and form.is_valid(),
        "tutor": form.cleaned_data.get("tutor") if form.is_bound else None,
        "groups": selectors.groups(MOST_SHOWN),
        "rows": planned[:MOST_SHOWN],
        "unshown": max(0, len(planned) - MOST_SHOWN),
        "student_count": len(planned),
        "moving": sum(row.changes for row in planned),
        "without_tutor": len(movable_ones) - len(planned),
        "others": len(set(chosen)) - len(of_type),
        "above": len(of_type) - len(movable_ones),
        "list_url": reverse(LIST),
        "form_url": reverse("admin:roster_tutorstudent_reassign"),
    }
    return TemplateResponse(request, "admin/roster/reassign.html", context)


@dataclass(frozen=True, slots=True)
class PlannedPlacement:
    """Where a student is now and would be: the tutors (None without one) and the groups."""

    student: User
    tutor: User | None
    group: str
    new_tutor: User | None
    new_group: str

    @property
    def changes(self) -> bool:
        """Tell whether anything would."""
        return (self.tutor, self.group) != (self.new_tutor, self.new_group)


def placements(students: Iterable[User], form: ReassignmentForm) -> list[PlannedPlacement]:
    """Work out where the form puts students; a group needs a tutor, so others are left out."""
    tutor: User | None = form.cleaned_data.get("tutor") if form.is_bound else None
    group, planned = form.new_group, []
    for student in students:
        before, mapping = selectors.known_tutor(student), getattr(student, "mapping", None)
        was_in = mapping.group if mapping else ""
        becomes = was_in if group is None else group
        planned.append(PlannedPlacement(student, before, was_in, tutor or before, becomes))
    return [row for row in planned if row.new_tutor or group is None]


def _reassign(request: HttpRequest, form: ReassignmentForm) -> HttpResponse:
    with transaction.atomic():
        chosen = selectors.students_with_tutors(form.cleaned_data["students"])
        moving = [row for row in placements(movable(request, chosen), form) if row.changes]
        moved = assign_many(
            {row.student.pk: row.new_tutor.pk for row in moving if row.new_tutor},
            {row.student.pk: row.new_group for row in moving},
        )
        log_moves(request, moved)
    tutor, group = form.cleaned_data["tutor"], form.new_group
    if tutor:
        sentence = ngettext(
            "%(count)d student now has the tutor %(tutor)s.",
            "%(count)d students now have the tutor %(tutor)s.",
            len(moved),
        )
        messages.success(request, sentence % {"count": len(moved), "tutor": tutor})
        return HttpResponseRedirect(f"{reverse(LIST)}?tutor={tutor.pk}")
    sentence = ngettext(
        "%(count)d student is now in another group.",
        "%(count)d students are now in another group.",
        len(moved),
    )
    messages.success(request, sentence % {"count": len(moved)})
    return HttpResponseRedirect(f"{reverse(LIST)}?{urlencode({'group': group} if group else {})}")


def movable(request: HttpRequest, students: list[User]) -> list[User]:
    """Leave out of `students` who is above who asks, and whose tutor is."""
    above = ids_above(request)
    mappings = ((student, selectors.known_tutor(student)) for student in students)
    return [s for s, tutor in mappings if s.pk not in above and not (tutor and tutor.pk in above)]


def log_moves(request: HttpRequest, student_ids: list[int]) -> None:
    """Write the admin's history of the mappings of these students."""
    sentence = [{"changed": {"fields": ["tutor", "group"]}}]
    for some in selectors.in_batches(student_ids):
        mappings = TutorStudent.objects.filter(student__in=some).select_related("student", "tutor")
        mappings = mappings.only("student__email", "tutor__email")
        LogEntry.objects.log_actions(request.user.pk, mappings, CHANGE, sentence)  # type: ignore[arg-type]
