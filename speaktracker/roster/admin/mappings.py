"""The admin page of who teaches whom."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _
from import_export import fields, resources
from import_export.admin import ExportMixin
from import_export.formats.base_formats import CSV

from speaktracker.roster.admin import forms, import_page, reassign_page
from speaktracker.roster.admin.filters import MappingTutorFilter
from speaktracker.roster.models import TutorStudent
from speaktracker.roster.spreadsheet import COLUMNS, safe_cell


class MappingResource(resources.ModelResource):  # type: ignore[misc]
    """A mapping as a CSV row, safe to open in a spreadsheet program."""

    student_email = fields.Field(attribute="student__email", column_name=COLUMNS[0])
    tutor_email = fields.Field(attribute="tutor__email", column_name=COLUMNS[1])

    class Meta:
        model = TutorStudent
        fields = COLUMNS
        export_order = COLUMNS

    def dehydrate_student_email(self, mapping: TutorStudent) -> str:
        return safe_cell(mapping.student.email)

    def dehydrate_tutor_email(self, mapping: TutorStudent) -> str:
        return safe_cell(mapping.tutor.email)


@admin.register(TutorStudent)
class MappingAdmin(ExportMixin, admin.ModelAdmin):  # type: ignore[type-arg,misc]
    """Who teaches whom: search, filter, reassign in bulk, import and export."""

    form = forms.MappingForm
    list_display = ("student", "tutor", "changed_at")
    list_select_related = ("student", "tutor")
    list_filter = (MappingTutorFilter,)
    search_fields = ("student__email", "student__name", "tutor__email", "tutor__name")
    search_help_text = _("Address or name of a student or a tutor")
    autocomplete_fields = ("student", "tutor")
    actions = ("reassign",)
    import_export_change_list_template = "admin/roster/mapping_list.html"
    resource_classes: ClassVar[list[type[MappingResource]]] = [MappingResource]
    export_formats: ClassVar[list[type[CSV]]] = [CSV]
    skip_export_form = True

    class Media:
        css: ClassVar[dict[str, Any]] = {"all": ["roster/admin.css"]}

    def get_readonly_fields(
        self, request: HttpRequest, obj: TutorStudent | None = None
    ) -> tuple[str, ...]:
        return ("student", "changed_at") if obj else ()

    def get_urls(self) -> list[Any]:
        own = [
            path("import/", import_page.view_of(self), name="roster_tutorstudent_import"),
            path("reassign/", reassign_page.view_of(self), name="roster_tutorstudent_reassign"),
        ]
        return [*own, *super().get_urls()]

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
        context = {"has_import_permission": may_import, **(extra_context or {})}
        response: HttpResponse = super().changelist_view(request, context)
        return response

    @admin.action(description=_("Give the chosen students another tutor"), permissions=["reassign"])
    def reassign(self, request: HttpRequest, queryset: QuerySet[TutorStudent]) -> HttpResponse:
        """Show who is chosen and ask for the new tutor."""
        return reassign_page.ask(self, request, queryset.values_list("student_id", flat=True))
