"""Importing a roster: choose a file, see what would change and what is wrong, confirm.

Nothing is written before the confirmation. A file with bad rows is imported only when the reader
chooses to leave those rows out; then every other row is imported, in one transaction.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from speaktracker.roster.admin.forms import ImportConfirmationForm, RosterFileForm
from speaktracker.roster.admin.reassign_page import LIST, MOST_SHOWN, log_moves, may_reassign
from speaktracker.roster.import_plan import Plan, apply_import, plan_import
from speaktracker.roster.models import TutorStudent
from speaktracker.roster.spreadsheet import Row

SALT = "speaktracker.roster.import"
VALID_SECONDS = 60 * 60


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
    model_admin: "admin.ModelAdmin[Any]", request: HttpRequest, rows: list[Row]
) -> HttpResponse:
    plan = plan_import(rows)
    context = {
        "plan": plan,
        "moves": plan.moves[:MOST_SHOWN],
        "unshown_moves": max(0, len(plan.moves) - MOST_SHOWN),
        "faults": plan.faults[:MOST_SHOWN],
        "unshown_faults": max(0, len(plan.faults) - MOST_SHOWN),
        "staying": len(plan.changes) - len(plan.moves),
        "shown": _seal(rows, plan),
    }
    return _page(model_admin, request, context)


def _confirmed(model_admin: "admin.ModelAdmin[Any]", request: HttpRequest) -> HttpResponse:
    form = ImportConfirmationForm(request.POST)
    opened = _open(form.cleaned_data["shown"]) if form.is_valid() else None
    if opened is None:
        messages.error(request, _("The preview is too old. Choose the file once more."))
        return HttpResponseRedirect(reverse("admin:roster_tutorstudent_import"))
    rows, fingerprint = opened
    with transaction.atomic():
        plan = plan_import(rows)
        problem = _problem(plan, fingerprint, form.cleaned_data["leave_out"])
        if not problem:
            moved = apply_import(plan)
            log_moves(request, moved)
    if problem:
        messages.warning(request, problem)
        return _preview(model_admin, request, rows)
    messages.success(request, _summary(plan))
    return HttpResponseRedirect(reverse(LIST))


def _problem(plan: Plan, fingerprint: str, leave_out: bool) -> str:
    """Say why a confirmation does not hold; empty when it does."""
    if plan.fingerprint() != fingerprint:
        return _("People or mappings have changed since the preview. Nothing was imported yet.")
    if plan.faults and not leave_out:
        return _("Nothing was imported: correct the file, or choose to leave the bad rows out.")
    return ""


def _summary(plan: Plan) -> str:
    new = sum(change.before is None for change in plan.moves)
    counts = {
        "new": new,
        "moved": len(plan.moves) - new,
        "same": len(plan.changes) - len(plan.moves),
        "bad": plan.faulty_lines,
    }
    return (
        _("Imported: %(new)d new, %(moved)d moved, %(same)d unchanged, %(bad)d left out.") % counts
    )


def _seal(rows: list[Row], plan: Plan) -> str:
    # The rows travel with the page, so that any process of any machine can take the confirmation.
    plain = [[row.line, row.student, row.tutor] for row in rows]
    return signing.dumps([plain, plan.fingerprint()], salt=SALT, compress=True)


def _open(shown: str) -> tuple[list[Row], str] | None:
    try:
        plain, fingerprint = signing.loads(shown, salt=SALT, max_age=VALID_SECONDS)
    except signing.BadSignature:
        return None
    return [Row(*cells) for cells in plain], fingerprint


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
