"""Whom sentence lists are given to: a list of its own, and the filter and the words of others."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from realtime.sentences.admin.given_words import given_words
from realtime.sentences.admin.sentence_forms import AssignmentForm
from realtime.sentences.models import GivenTo, SentenceAssignment, SentenceList
from speaktracker.db.long_lists import BoundedChangeList
from speaktracker.http.row_history import RowHistory
from speaktracker.roster.admin.deletions import people_are_deleted
from speaktracker.roster.admin.people_search import FoundByPeople


class WithGivenWords(BoundedChangeList):
    """Lists of lists: one query tells whom all of a page are given to."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        words = given_words([row.pk for row in self.result_list])
        for row in self.result_list:
            row.given = words.get(row.pk, "")


class GivenToFilter(admin.SimpleListFilter):
    """Lists by whom they are given to."""

    title = _("given to")
    parameter_name = "given"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        """Offer everyone, nobody, single students, and each group that was given something."""
        given = SentenceAssignment.objects.filter(student__isnull=True, group__gt="")
        groups = given.order_by("group").values_list("group", flat=True).distinct()
        single = [("everyone", GivenTo.EVERYONE.label), ("student", _("single students"))]
        return [*single, ("nobody", _("nobody")), *((f"group:{name}", name) for name in groups)]

    def queryset(
        self, _request: HttpRequest, rows: QuerySet[SentenceList]
    ) -> QuerySet[SentenceList]:
        """Select what is given so, now, before or later."""
        kind, _colon, group = (self.value() or "").partition(":")
        given = SentenceAssignment.objects.filter(sentence_list=OuterRef("pk")).order_by()
        if kind == "nobody":
            return rows.filter(~Exists(given))
        if kind not in GivenTo.values:
            return rows
        return rows.filter(Exists(given.filter(given_to=kind, group=group)))


@admin.register(SentenceAssignment)
class SentenceAssignmentAdmin(RowHistory, FoundByPeople, admin.ModelAdmin):  # type: ignore[type-arg]
    """All that is given, found by the student."""

    form = AssignmentForm
    list_display = ("sentence_list", "to", "first_day", "last_day")
    list_filter = ("given_to",)
    list_select_related = ("sentence_list", "student")
    search_fields = ("student__email", "student__name")
    search_help_text = _("How a student's address or name begins")
    people_fields = ("student",)
    autocomplete_fields = ("sentence_list", "student")
    ordering = ("-first_day", "-id")

    @admin.display(description=_("given to"))
    def to(self, row: SentenceAssignment) -> str:
        """Say whom in words."""
        return row.whom()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let what a deleted person was given go with them."""
        of_person = people_are_deleted() and request.user.has_perm("roster.delete_user")
        return of_person or super().has_delete_permission(request, obj)
