"""Importing who teaches whom, and exporting it in the same shape."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from import_export import fields, resources

from speaktracker.roster.admin.importing.import_page import ImportPage
from speaktracker.roster.admin.reassign_page import LIST, log_moves, may_reassign
from speaktracker.roster.imports.file_kinds import MAPPINGS
from speaktracker.roster.imports.services import Imported
from speaktracker.roster.imports.spreadsheet import safe_cell
from speaktracker.roster.models import TutorStudent


def log_mappings(request: HttpRequest, imported: Imported) -> str:
    """Write the admin's history of the mappings; the list shows them, the newest first."""
    log_moves(request, imported.moved)
    return reverse(LIST)


PAGE = ImportPage(
    MAPPINGS,
    _("Import who teaches whom"),
    "admin:roster_tutorstudent_import",
    LIST,
    may_reassign,
    log_mappings,
)


class MappingResource(resources.ModelResource):  # type: ignore[misc]
    """A mapping as a CSV row, safe to open in a spreadsheet program."""

    student_email = fields.Field(attribute="student__email", column_name=MAPPINGS.columns[0])
    tutor_email = fields.Field(attribute="tutor__email", column_name=MAPPINGS.columns[1])
    group = fields.Field(attribute="group", column_name=MAPPINGS.columns[2])

    class Meta:
        model = TutorStudent
        fields = MAPPINGS.columns
        export_order = MAPPINGS.columns

    def dehydrate_student_email(self, mapping: TutorStudent) -> str:
        return safe_cell(mapping.student.email)

    def dehydrate_tutor_email(self, mapping: TutorStudent) -> str:
        return safe_cell(mapping.tutor.email)

    def dehydrate_group(self, mapping: TutorStudent) -> str:
        return safe_cell(mapping.group)
