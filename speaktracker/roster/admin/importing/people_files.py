"""Importing people, and what comes next for those who are new: letters, or codes on paper."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from speaktracker.roster.admin.filters import import_moment
from speaktracker.roster.admin.importing.import_page import ImportPage
from speaktracker.roster.admin.reassign_page import log_moves
from speaktracker.roster.imports.file_kinds import PEOPLE
from speaktracker.roster.imports.services import Imported
from speaktracker.roster.models import TutorStudent, User
from speaktracker.roster.selectors import in_batches

LIST = "admin:roster_user_changelist"
# What the list of people offers for passwords, where a room above has added it.
NEXT_STEPS = ("invite", "print_codes")
MOST_GROUPS = 200


@dataclass(frozen=True, slots=True)
class NextStepGroup:
    """Some of those who are new: all of them, or one group's; and where they are listed."""

    name: str
    count: int
    url: str


def may_import(request: HttpRequest) -> bool:
    """Tell whether this member of staff may add and change people."""
    return request.user.has_perms(("roster.add_user", "roster.change_user"))


def log_people(request: HttpRequest, imported: Imported) -> str:
    """Write the admin's history of who was imported; lead on to what those who are new need."""
    _log(request, imported.added, ADDITION, [{"added": {}}])
    _log(request, imported.changed, CHANGE, _("Changed by a file."))
    log_moves(request, imported.moved)
    if not imported.added:
        return reverse(LIST)
    asked = urlencode({"joined": imported.joined_at.isoformat()})
    return f"{reverse('admin:roster_user_imported')}?{asked}"


PAGE = ImportPage(
    PEOPLE,
    gettext_lazy("Import people"),
    "admin:roster_user_import",
    LIST,
    may_import,
    log_people,
)


def _log(request: HttpRequest, ids: Iterable[int], flag: int, said: Any) -> None:
    for some in in_batches(ids):
        people = User.objects.filter(pk__in=some).only("email", "name")
        LogEntry.objects.log_actions(request.user.pk, people, flag, said)  # type: ignore[arg-type]


def imported_view_of(model_admin: "admin.ModelAdmin[Any]") -> Callable[..., HttpResponse]:
    """Make the page after an import: whoever is new needs a letter, or a code on paper."""

    def view(request: HttpRequest) -> HttpResponse:
        if not may_import(request):
            raise PermissionDenied
        moment = import_moment(request.GET.get("joined"))
        if moment is None:
            return redirect(LIST)
        newcomers = User.objects.filter(date_joined=moment).order_by("email")
        first = newcomers.values_list("pk", flat=True).first()
        if first is None:
            return redirect(LIST)
        actions = model_admin.get_actions(request)
        context = {
            **model_admin.admin_site.each_context(request),
            "title": _("People were imported"),
            "opts": model_admin.opts,
            "list_url": reverse(LIST),
            "groups": list(_groups(moment, newcomers.count())),
            "first": first,
            "steps": [(name, _STEPS[name]) for name in NEXT_STEPS if name in actions],
        }
        return TemplateResponse(request, "admin/roster/imported.html", context)

    return model_admin.admin_site.admin_view(view)


_STEPS = {
    "invite": gettext_lazy("Invite by e-mail"),
    "print_codes": gettext_lazy("Print one-time codes"),
}


def _groups(moment: datetime, everybody: int) -> Iterable[NextStepGroup]:
    def url(**more: str) -> str:
        return f"{reverse(LIST)}?{urlencode({'joined': moment.isoformat(), **more})}"

    yield NextStepGroup(_("everybody new"), everybody, url())
    of_them = TutorStudent.objects.filter(student__date_joined=moment).exclude(group="")
    counted = of_them.order_by("group").values_list("group").annotate(Count("pk"))
    for group, count in counted[:MOST_GROUPS]:
        yield NextStepGroup(group, count, url(group=group))
