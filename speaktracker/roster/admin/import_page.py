"""Importing a roster: choose a file, see what would change and what is wrong, confirm.

Nothing is written before the confirmation. A file with bad rows is imported only when the reader
chooses to leave those rows out; then every other row is imported, in one transaction.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from speaktracker.roster.admin.forms import ImportConfirmationForm, RosterFileForm
from speaktracker.roster.admin.reassign_page import LIST, MOST_SHOWN, log_moves, may_reassign
from speaktracker.roster.admin.sealed_rows import seal, unseal
from speaktracker.roster.import_plan import apply_import, plan_import
from speaktracker.roster.models import TutorStudent
from speaktracker.roster.spreadsheet import RosterRow


def view_of(model_admin: "admin.ModelAdmin[Any]") -> Callable[..., HttpResponse]:
    """Make the page that previews and carries out an import."""

    def view(request: HttpRequest) -> HttpResponse:
        if not may_reassign(request):
            raise PermissionDenied
        if "shown" in request.POST:
            return _confirmed(model_admin, request)
        form = RosterFileForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            return _preview(model_admin, request, form.cleaned_data["file"])
        return _page(model_admin, request, {"form": form})

    return model_admin.admin_site.admin_view(view)


def _preview(
    model_admin: "admin.ModelAdmin[Any]", request: HttpRequest, rows: list[RosterRow]
) -> HttpResponse:
    plan = plan_import(rows)
    context = {
        "plan": plan,
        "moves": plan.moves[:MOST_SHOWN],
        "unshown_moves": max(0, len(plan.moves) - MOST_SHOWN),
        "errors": plan.errors[:MOST_SHOWN],
        "unshown_errors": max(0, len(plan.errors) - MOST_SHOWN),
        "staying": len(plan.assignments) - len(plan.moves),
        "shown": seal(rows, plan),
    }
    return _page(model_admin, request, context)


def _confirmed(model_admin: "admin.ModelAdmin[Any]", request: HttpRequest) -> HttpResponse:
    form = ImportConfirmationForm(request.POST)
    unsealed = unseal(form.cleaned_data["shown"]) if form.is_valid() else None
    if unsealed is None:
        messages.error(request, _("The preview is too old. Choose the file once more."))
        return HttpResponseRedirect(reverse("admin:roster_tutorstudent_import"))
    rows, fingerprint = unsealed
    with transaction.atomic():
        plan = plan_import(rows)
        objection = plan.objection(fingerprint, form.cleaned_data["leave_out"])
        if not objection:
            log_moves(request, apply_import(plan))
    if objection:
        messages.warning(request, objection)
        return _preview(model_admin, request, rows)
    messages.success(request, plan.summary())
    return HttpResponseRedirect(reverse(LIST))


def _page(
    model_admin: "admin.ModelAdmin[Any]", request: HttpRequest, context: dict[str, Any]
) -> HttpResponse:
    about = {
        "title": _("Import who teaches whom"),
        "opts": TutorStudent._meta,
        "list_url": reverse(LIST),
    }
    context = {**model_admin.admin_site.each_context(request), **about, **context}
    return TemplateResponse(request, "admin/roster/import.html", context)
