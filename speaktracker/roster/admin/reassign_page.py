"""Moving many students to one tutor: choose the tutor, see who moves, confirm."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from speaktracker.roster import selectors
from speaktracker.roster.admin.forms import ReassignmentForm
from speaktracker.roster.models import TutorStudent, User, UserType
from speaktracker.roster.services import assign_many

MOST_SHOWN = 200
LIST = "admin:roster_tutorstudent_changelist"


def may_reassign(request: HttpRequest) -> bool:
    """Tell whether this member of staff may add and change mappings."""
    return request.user.has_perms(("roster.add_tutorstudent", "roster.change_tutorstudent"))


def view_of(model_admin: "admin.ModelAdmin[Any]") -> Callable[..., HttpResponse]:
    """Make the page that previews and carries out a reassignment."""

    def view(request: HttpRequest) -> HttpResponse:
        if not may_reassign(request):
            raise PermissionDenied
        form = ReassignmentForm(request.POST or None)
        if not form.is_valid():
            chosen = form.cleaned_data.get("students", []) if form.is_bound else []
            if not chosen:
                messages.warning(request, _("Choose the students in the list once more."))
                return HttpResponseRedirect(reverse(LIST))
            return _page(model_admin, request, form, chosen)
        if "confirm" in request.POST:
            return _reassign(request, form.cleaned_data["students"], form.cleaned_data["tutor"])
        return _page(model_admin, request, form, form.cleaned_data["students"])

    return model_admin.admin_site.admin_view(view)


def ask(
    model_admin: "admin.ModelAdmin[Any]", request: HttpRequest, chosen: Iterable[int]
) -> HttpResponse:
    """Show the chosen people and ask for their new tutor."""
    people = list(chosen)
    form = ReassignmentForm(initial={"students": ",".join(map(str, people))})
    return _page(model_admin, request, form, people)


def _page(
    model_admin: "admin.ModelAdmin[Any]",
    request: HttpRequest,
    form: ReassignmentForm,
    chosen: list[int],
) -> HttpResponse:
    students = selectors.students_with_tutors(chosen)
    tutor: User | None = form.cleaned_data.get("tutor") if form.is_bound else None
    staying = [s for s in students if tutor and selectors.known_tutor(s) == tutor]
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Give students another tutor"),
        "opts": TutorStudent._meta,
        "form": form,
        "tutor": tutor,
        "rows": [(s, selectors.known_tutor(s)) for s in students[:MOST_SHOWN]],
        "unshown": max(0, len(students) - MOST_SHOWN),
        "student_count": len(students),
        "moving": len(students) - len(staying),
        "others": len(set(chosen)) - len(students),
        "list_url": reverse(LIST),
        "form_url": reverse("admin:roster_tutorstudent_reassign"),
    }
    return TemplateResponse(request, "admin/roster/reassign.html", context)


def _reassign(request: HttpRequest, chosen: list[int], tutor: User) -> HttpResponse:
    with transaction.atomic():
        students = selectors.ids_of_type(chosen, UserType.STUDENT)
        moved = assign_many(dict.fromkeys(students, tutor.pk))
        log_moves(request, moved)
    sentence = ngettext(
        "%(count)d student now has the tutor %(tutor)s.",
        "%(count)d students now have the tutor %(tutor)s.",
        len(moved),
    )
    messages.success(request, sentence % {"count": len(moved), "tutor": tutor})
    return HttpResponseRedirect(f"{reverse(LIST)}?tutor={tutor.pk}")


def log_moves(request: HttpRequest, student_ids: list[int]) -> None:
    """Write the admin's history of the mappings of these students."""
    sentence = [{"changed": {"fields": ["tutor"]}}]
    for some in selectors.in_batches(student_ids):
        mappings = TutorStudent.objects.filter(student__in=some).select_related("student", "tutor")
        mappings = mappings.only("student__email", "tutor__email")
        LogEntry.objects.log_actions(request.user.pk, mappings, CHANGE, sentence)  # type: ignore[arg-type]
