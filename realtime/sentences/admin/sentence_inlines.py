"""Parts of a list's page: its sentences, whom it is given to, and whom to give it to."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from realtime.protocol.wire_limits import SENTENCES_IN_LIST
from realtime.sentences.admin.sentence_forms import (
    AssignmentForm,
    SentenceForm,
    SentenceFormSet,
)
from realtime.sentences.models import Sentence, SentenceAssignment
from speaktracker.roster.admin.inlines import RowsToAdd

# Rows of a form; beyond, they have a list of their own.
MOST_GIVEN = 100


class SentencesInline(admin.TabularInline):  # type: ignore[type-arg]
    """The sentences of a list, a row each; who may change the list may change them."""

    model = Sentence
    form = SentenceForm
    formset = SentenceFormSet
    fields = ("position", "text", "translation", "audio_url")
    ordering = ("position", "pk")
    extra = 3
    max_num = SENTENCES_IN_LIST
    template = "admin/realtime/sentencelist/sentences.html"

    def get_formset(self, request: HttpRequest, obj: Any = None, **options: Any) -> Any:
        return super().get_formset(request, obj, validate_max=True, **options)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for the list's."""
        action = "change" if obj else "add"
        return request.user.has_perm(f"realtime.{action}_sentencelist")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for the list's."""
        return self.has_add_permission(request, obj)

    has_delete_permission = has_change_permission

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for the list's."""
        may_look = request.user.has_perm("realtime.view_sentencelist")
        return may_look or self.has_change_permission(request, obj)


class GivenInline(admin.TabularInline):  # type: ignore[type-arg]
    """Whom a list is given to: to end, or to take back."""

    model = SentenceAssignment
    verbose_name_plural = _("given to")
    fields = ("to", "first_day", "last_day")
    readonly_fields = ("to",)
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[SentenceAssignment]:
        return super().get_queryset(request).select_related("student")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Giving is done below, where a student is searched for."""
        return False

    @admin.display(description=_("given to"))
    def to(self, row: SentenceAssignment) -> str:
        """Say whom in words."""
        return row.whom()


class GiveInline(RowsToAdd):
    """Somebody to give a list to."""

    model = SentenceAssignment
    form = AssignmentForm
    verbose_name = _("given list")
    verbose_name_plural = _("give this list to")
    fields = ("given_to", "group", "student", "first_day", "last_day")
