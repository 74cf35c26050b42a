"""Importing a file: choose it, see what would change and what is wrong, confirm.

Nothing is written before the confirmation. A file with bad rows is imported only when the reader
chooses to leave those rows out; then every other row is imported, in one transaction.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from speaktracker.roster.admin.importing.forms import ImportConfirmationForm, RosterFileForm
from speaktracker.roster.admin.importing.sealed_rows import seal, unseal
from speaktracker.roster.admin.ranks import ids_above
from speaktracker.roster.admin.reassign_page import MOST_SHOWN, may_reassign
from speaktracker.roster.imports.file_kinds import FileKind
from speaktracker.roster.imports.import_plan import ImportPlan
from speaktracker.roster.imports.planning import ImportRights, plan_import
from speaktracker.roster.imports.row_words import FIELDS, differences_in_words
from speaktracker.roster.imports.services import Imported, PeopleChanged, apply_import
from speaktracker.roster.imports.spreadsheet import FileTable


@dataclass(frozen=True)
class ImportPage:
    """The page of one kind of file: who may use it, what is logged, and where it leads then."""

    kind: FileKind
    title: Any
    url_name: str
    list_url_name: str
    may_use: Callable[[HttpRequest], bool]
    # Writes the admin's log of what was imported, and says where to go on.
    done: Callable[[HttpRequest, Imported], str]

    def view_of(self, model_admin: "admin.ModelAdmin[Any]") -> Callable[..., HttpResponse]:
        """Make the page that previews and carries out an import."""

        def view(request: HttpRequest) -> HttpResponse:
            if not self.may_use(request):
                raise PermissionDenied
            if "shown" in request.POST:
                return self._confirmed(model_admin, request)
            form = RosterFileForm(self.kind, request.POST or None, request.FILES or None)
            if request.method == "POST" and form.is_valid():
                return self._preview(model_admin, request, form.cleaned_data["file"])
            return self._page(model_admin, request, {"form": form})

        return model_admin.admin_site.admin_view(view)

    def plan(self, request: HttpRequest, table: FileTable) -> ImportPlan:
        """Work out what the rows would change, by who asks."""
        rights = ImportRights(ids_above(request), may_reassign(request))
        return plan_import(self.kind, table.rows, rights)

    def _preview(
        self, model_admin: "admin.ModelAdmin[Any]", request: HttpRequest, table: FileTable
    ) -> HttpResponse:
        plan = self.plan(request, table)
        changed, newcomers = plan.changed, plan.newcomers
        changes = [(row, list(differences_in_words(row))) for row in changed[:MOST_SHOWN]]
        context = {
            "plan": plan,
            "newcomers": newcomers[:MOST_SHOWN],
            "unshown_newcomers": max(0, len(newcomers) - MOST_SHOWN),
            "changes": changes,
            "unshown_changes": max(0, len(changed) - MOST_SHOWN),
            "errors": plan.errors[:MOST_SHOWN],
            "unshown_errors": max(0, len(plan.errors) - MOST_SHOWN),
            "counts": [(FIELDS[what], count) for what, count in plan.counts().items()],
            "unused": ", ".join(table.unused),
            "shown": seal(self.kind, table, plan),
        }
        return self._page(model_admin, request, context)

    def _confirmed(
        self, model_admin: "admin.ModelAdmin[Any]", request: HttpRequest
    ) -> HttpResponse:
        form = ImportConfirmationForm(request.POST)
        unsealed = unseal(self.kind, form.cleaned_data["shown"]) if form.is_valid() else None
        if unsealed is None:
            messages.error(request, _("The preview is too old. Choose the file once more."))
            return HttpResponseRedirect(reverse(self.url_name))
        table, fingerprint = unsealed
        changed = _("People or mappings have changed since the preview. Nothing was imported yet.")
        try:
            with transaction.atomic():
                plan = self.plan(request, table)
                is_same = plan.fingerprint() == fingerprint
                objection = plan.objection(form.cleaned_data["leave_out"]) if is_same else changed
                url = "" if objection else self.done(request, apply_import(plan))
        except PeopleChanged:
            objection = changed
        if objection:
            messages.warning(request, objection)
            return self._preview(model_admin, request, table)
        messages.success(request, plan.summary())
        return HttpResponseRedirect(url)

    def _page(
        self, model_admin: "admin.ModelAdmin[Any]", request: HttpRequest, context: dict[str, Any]
    ) -> HttpResponse:
        about = {
            "title": self.title,
            "kind": self.kind,
            "opts": model_admin.opts,
            "list_url": reverse(self.list_url_name),
            "import_url": reverse(self.url_name),
        }
        context = {**model_admin.admin_site.each_context(request), **about, **context}
        return TemplateResponse(request, "admin/roster/import.html", context)
