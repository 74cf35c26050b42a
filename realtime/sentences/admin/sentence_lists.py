"""The admin pages of sentence lists: by form, from a file, copied, previewed, deleted."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from realtime.sentences.admin import sentence_import_page
from realtime.sentences.admin.given_lists import GivenToFilter, WithGivenWords
from realtime.sentences.admin.given_words import given_words, nobody
from realtime.sentences.admin.sentence_inlines import (
    MOST_GIVEN,
    GiveInline,
    GivenInline,
    SentencesInline,
)
from realtime.sentences.models import Sentence, SentenceAssignment, SentenceList
from realtime.sentences.selectors import preview_of, sentence_counts
from realtime.sentences.services import copy_list
from speaktracker.db.long_lists import LongList
from speaktracker.http.row_history import RowHistory

CHANGE = "admin:realtime_sentencelist_change"


@admin.register(SentenceList)
class SentenceListAdmin(RowHistory, LongList, admin.ModelAdmin):  # type: ignore[type-arg]
    """What students practise: by form, from a file, copied, and given to whom."""

    list_display = ("title", "language", "sentence_count", "given_to_whom", "changed_at")
    list_filter = ("language", GivenToFilter)
    search_fields = ("title",)
    search_help_text = _("Words of the title")
    ordering = ("title", "pk")
    actions = ("copy",)
    inlines = (SentencesInline, GivenInline, GiveInline)
    change_list_template = "admin/realtime/sentencelist/lists.html"
    change_form_template = "admin/realtime/sentencelist/one_list.html"
    delete_confirmation_template = "admin/realtime/sentencelist/delete_list.html"
    delete_selected_confirmation_template = "admin/realtime/sentencelist/delete_lists.html"

    class Media:
        css: ClassVar[dict[str, Any]] = {
            "all": ["roster/admin.css", "realtime/sentences/admin.css"]
        }

    def get_changelist(self, request: HttpRequest, **_options: Any) -> Any:
        return WithGivenWords

    def get_queryset(self, request: HttpRequest) -> QuerySet[SentenceList]:
        rows: QuerySet[SentenceList] = super().get_queryset(request)
        return rows.annotate(count=sentence_counts())

    def get_urls(self) -> list[Any]:
        name = "realtime_sentencelist"
        own = [
            path("import/", sentence_import_page.view_of(self), name=f"{name}_import"),
            path(
                "<int:pk>/preview/",
                self.admin_site.admin_view(self.preview),
                name=f"{name}_preview",
            ),
        ]
        return [*own, *super().get_urls()]

    def get_inlines(self, request: HttpRequest, obj: SentenceList | None) -> Any:
        """Leave out whom it is given to where they are too many for a form."""
        few = obj is None or obj.assignments.order_by()[: MOST_GIVEN + 1].count() <= MOST_GIVEN
        return [one for one in self.inlines if few or one is not GivenInline]

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Importing adds and changes lists."""
        return sentence_import_page.may_import(request)

    has_copy_permission = has_import_permission

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show a list as a student sees it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = get_object_or_404(SentenceList, pk=pk)
        context = {"offer": preview_of(row), "back": reverse(CHANGE, args=[pk])}
        return render(request, "realtime/sentence_preview.html", context)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        context = {"may_import": self.has_import_permission(request), **(extra_context or {})}
        return super().changelist_view(request, context)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        given = (
            f"{reverse('admin:realtime_sentenceassignment_changelist')}?sentence_list__id__exact"
        )
        context = {
            "may_import": self.has_import_permission(request),
            "given_url": f"{given}={object_id}" if object_id else "",
            **(extra_context or {}),
        }
        return super().changeform_view(request, object_id, form_url, context)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Name the lists and whom they are given to, not each of their sentences."""
        lists = list(objs)
        words = given_words([one.pk for one in lists])
        named = [
            format_html(
                '<a href="{}">{}</a>: {}',
                reverse(CHANGE, args=[one.pk]),
                one,
                _("given to %s") % words[one.pk] if one.pk in words else _("given to nobody"),
            )
            for one in lists
        ]
        sentences = Sentence.objects.filter(sentence_list__in=lists).count()
        given = SentenceAssignment.objects.filter(sentence_list__in=lists).count()
        counts = {
            SentenceList._meta.verbose_name_plural: len(lists),
            Sentence._meta.verbose_name_plural: sentences,
            SentenceAssignment._meta.verbose_name_plural: given,
        }
        may = self.has_delete_permission(request)
        lacking = set() if may else {SentenceList._meta.verbose_name}
        return named, counts, lacking, []

    @admin.display(description=_("sentences"))
    def sentence_count(self, row: Any) -> int:
        """Count its sentences."""
        return int(row.count)

    @admin.display(description=_("given to"))
    def given_to_whom(self, row: Any) -> str:
        """Say who has it, now or later."""
        return str(row.given or nobody())

    @admin.action(description=_("Copy the chosen lists"), permissions=["copy"])
    def copy(self, request: HttpRequest, queryset: QuerySet[SentenceList]) -> None:
        """Make lists of the same sentences, which nobody is given yet."""
        copies = [copy_list(one) for one in queryset]
        self.log_copies(request, copies)
        said = ngettext("%d list was copied: ", "%d lists were copied: ", len(copies))
        titles = ", ".join(copy.title for copy in copies)
        messages.success(request, said % len(copies) + titles)

    def log_copies(self, request: HttpRequest, copies: list[SentenceList]) -> None:
        """Write the admin's history of the copies."""
        for copy in copies:
            self.log_addition(request, copy, [{"added": {}}])
