"""The end of a school's year in the admin: whose, what happens and when, confirm, and undo."""

import hashlib
from collections.abc import Collection
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from speaktracker.clock import now
from speaktracker.db.long_lists import LongList
from speaktracker.http.row_history import RowHistory
from speaktracker.roster import selectors
from speaktracker.roster.admin.forms import YearEndForm
from speaktracker.roster.admin.ranks import editor_of, ids_above
from speaktracker.roster.admin.reassign_page import MOST_SHOWN
from speaktracker.roster.models import YearEnd
from speaktracker.roster.permissions import Outranked
from speaktracker.roster.year_end import services
from speaktracker.roster.year_end.selectors import is_above, students_of

LIST = "admin:roster_yearend_changelist"


def may_end_years(request: HttpRequest) -> bool:
    """Tell whether this member of staff may switch off and delete a whole class's students."""
    return request.user.has_perm("roster.add_yearend")


@admin.register(YearEnd)
class YearEndAdmin(RowHistory, LongList, admin.ModelAdmin):  # type: ignore[type-arg]
    """Ends of the year: to look at, to make one, and to undo one within its week."""

    list_display = ("made_at", "whose", "students", "state", "made_by")
    list_select_related = ("tutor", "made_by")
    ordering = ("-made_at", "-id")
    fields = ("made_at", "made_by", "whose", "students", "afterwards", "due_at", "state")
    readonly_fields = fields
    change_form_template = "admin/roster/year_end.html"

    class Media:
        css: ClassVar[dict[str, Any]] = {"all": ["roster/admin.css"]}

    def get_urls(self) -> list[Any]:
        undo = self.admin_site.admin_view(self.undo_view)
        return [path("<int:pk>/undo/", undo, name="roster_yearend_undo"), *super().get_urls()]

    def has_change_permission(self, request: HttpRequest, obj: YearEnd | None = None) -> bool:
        return False  # it is undone, not edited

    def has_delete_permission(self, request: HttpRequest, obj: YearEnd | None = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("whose year"))
    def whose(self, year_end: YearEnd) -> str:
        """Name the tutor and the group, or everybody."""
        named = (str(year_end.tutor) if year_end.tutor else "", year_end.group)
        return " · ".join(filter(None, named)) or _("all students")

    @admin.display(description=gettext_lazy("after the week"))
    def afterwards(self, year_end: YearEnd) -> str:
        """Say what becomes of the accounts."""
        if year_end.deletes:
            return _("The accounts are deleted, with all that is held on them.")
        return _("The accounts stay, switched off.")

    @admin.display(description=gettext_lazy("state"))
    def state(self, year_end: YearEnd) -> str:
        """Say what became of it."""
        if year_end.undone_at:
            return _("undone")
        if year_end.finished_at:
            told = ngettext("%d account deleted", "%d accounts deleted", year_end.erased)
            return told % year_end.erased
        return _("can be undone") if year_end.is_open else _("accounts are being deleted")

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Ask whose year ends, show what that means, and do it once confirmed."""
        if not may_end_years(request):
            raise PermissionDenied
        form = YearEndForm(request.POST or None, initial=request.GET.dict())
        if not form.is_valid():
            return self._page(request, {"form": form, **(extra_context or {})})
        above = ids_above(request)
        ids = list(students_of(form.ending, above).values_list("pk", flat=True))
        shown = _fingerprint(ids)
        if "confirm" in request.POST and ids:
            if form.cleaned_data["shown"] == shown:
                return self._end(request, ids, form.ending)
            messages.warning(request, _("Who is meant has changed meanwhile. Look once more."))
        people = students_of(form.ending, above).select_related("mapping__tutor")
        context = {
            "form": form,
            "is_planned": bool(ids),
            "count": len(ids),
            "left_out": students_of(form.ending).count() - len(ids),
            "rows": [(one, selectors.known_tutor(one)) for one in people[:MOST_SHOWN]],
            "unshown": max(0, len(ids) - MOST_SHOWN),
            "due_at": now() + services.undo_time(),
            "shown": shown,
        }
        return self._page(request, {**context, **(extra_context or {})})

    def _page(self, request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
        about = {
            **self.admin_site.each_context(request),
            "title": _("End the year"),
            "opts": self.opts,
            "list_url": reverse(LIST),
            "groups": selectors.groups(MOST_SHOWN),
        }
        return TemplateResponse(request, "admin/roster/end_year.html", {**about, **context})

    def _end(
        self, request: HttpRequest, ids: Collection[int], ending: services.Ending
    ) -> HttpResponse:
        with transaction.atomic():
            year_end = services.end_year(ids, ending, editor_of(request))
            self.log_addition(request, year_end, [{"added": {}}])
        sentence = ngettext(
            "The year of %d student has ended. It can be undone here.",
            "The year of %d students has ended. It can be undone here.",
            len(ids),
        )
        messages.success(request, sentence % len(ids))
        return redirect("admin:roster_yearend_change", year_end.pk)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        year_end = self.get_object(request, object_id)
        may_undo = year_end is not None and year_end.is_open and self.may_undo(request)
        context = {"may_undo": may_undo, **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    def may_undo(self, request: HttpRequest) -> bool:
        """Tell whether this member of staff may undo what is open."""
        return request.user.has_perm("roster.change_yearend")

    def undo_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take an end of the year back."""
        if not self.may_undo(request):
            raise PermissionDenied
        year_end = get_object_or_404(YearEnd, pk=pk)
        if request.method == "POST":
            if is_above(year_end, ids_above(request)):
                raise Outranked(Outranked.SENTENCE)
            try:
                with transaction.atomic():
                    back = services.undo_year_end(pk)
                    self.log_change(request, year_end, _("Undone."))
            except services.TooLate:
                messages.error(request, _("This can be undone no more."))
            else:
                messages.success(request, _back_in_words(back))
        return redirect("admin:roster_yearend_change", pk)


def _fingerprint(ids: Collection[int]) -> str:
    """Name whom a preview showed, so that a confirmation is about nobody else."""
    return hashlib.sha256(repr(sorted(ids)).encode()).hexdigest()


def _back_in_words(back: services.TakenBack) -> str:
    sentence = _(
        "Undone: %(active)d students may sign in again, %(mapped)d have their tutor again, "
        "%(without)d have no tutor."
    )
    told = {"active": back.active, "mapped": back.mapped, "without": back.without_tutor}
    return sentence % told
