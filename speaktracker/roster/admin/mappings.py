"""The admin page of who teaches whom."""

from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _
from import_export.admin import ExportMixin
from import_export.formats.base_formats import CSV

from speaktracker.roster.admin import forms, reassign_page
from speaktracker.roster.admin.deletions import people_are_deleted
from speaktracker.roster.admin.filters import MappingGroupFilter, MappingTutorFilter
from speaktracker.roster.admin.importing import mapping_files
from speaktracker.roster.admin.people_search import FoundByPeople
from speaktracker.roster.admin.ranks import RankedPages, ids_above
from speaktracker.roster.models import TutorStudent


@admin.register(TutorStudent)
class MappingAdmin(RankedPages, FoundByPeople, ExportMixin, admin.ModelAdmin):  # type: ignore[type-arg,misc]
    """Who teaches whom: search, filter, reassign in bulk, import and export."""

    form = forms.MappingForm
    list_display = ("student", "tutor", "group", "changed_at")
    list_select_related = ("student", "tutor")
    list_filter = (MappingTutorFilter, MappingGroupFilter)
    search_fields = ("student__email", "student__name", "tutor__email", "tutor__name")
    search_help_text = _("Address or name of a student or a tutor")
    autocomplete_fields = ("student", "tutor")
    actions = ("reassign",)
    import_export_change_list_template = "admin/roster/mapping_list.html"
    resource_classes: ClassVar[list[Any]] = [mapping_files.MappingResource]
    export_formats: ClassVar[list[type[CSV]]] = [CSV]
    skip_export_form = True

    class Media:
        css: ClassVar[dict[str, Any]] = {"all": ["roster/admin.css"]}

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Order one tutor's students by address, everybody by what changed last."""
        one_tutor = request.GET.get(MappingTutorFilter.parameter_name)
        return ("student__email",) if one_tutor else ("-changed_at", "-id")

    def get_readonly_fields(
        self, request: HttpRequest, obj: TutorStudent | None = None
    ) -> tuple[str, ...]:
        return ("student", "changed_at") if obj else ()

    def get_urls(self) -> list[Any]:
        own = [
            path("import/", mapping_files.PAGE.view_of(self), name="roster_tutorstudent_import"),
            path("reassign/", reassign_page.view_of(self), name="roster_tutorstudent_reassign"),
        ]
        return [*own, *super().get_urls()]

    def is_above(self, request: HttpRequest, row: Any) -> bool:
        """Tell whether one of the two is; of a deleted person it goes, whoever the other is."""
        return not people_are_deleted() and not {row.student_id, row.tutor_id}.isdisjoint(
            ids_above(request)
        )

    def get_form(
        self,
        request: HttpRequest,
        obj: TutorStudent | None = None,
        change: bool = False,
        **kwargs: Any,
    ) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.ids_above = ids_above(request)
        return form

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Whoever may see the list may save it."""
        return self.has_view_permission(request)

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Importing adds and changes mappings."""
        return self.has_add_permission(request) and self.has_change_permission(request)

    has_reassign_permission = has_import_permission

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        may_import = self.has_import_permission(request)
        asked = {name: request.GET[name] for name in reassign_page.WHOSE if request.GET.get(name)}
        context = {
            "has_import_permission": may_import,
            # All whom the filters choose, be they never so many, can be moved at once.
            "class_asked": urlencode(asked) if may_import else "",
            **(extra_context or {}),
        }
        response: HttpResponse = super().changelist_view(request, context)
        return response

    @admin.action(
        description=_("Give the chosen students another tutor or group"), permissions=["reassign"]
    )
    def reassign(self, request: HttpRequest, queryset: QuerySet[TutorStudent]) -> HttpResponse:
        """Show who is chosen and ask for the new tutor."""
        return reassign_page.ask(self, request, queryset.values_list("student_id", flat=True))
