"""A tutor's students on the tutor's page."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from speaktracker.roster.admin.forms import MappingForm, MappingFormSet
from speaktracker.roster.admin.ranks import ids_above
from speaktracker.roster.models import TutorStudent, User

MOST_ROWS = 200  # three form fields each, and Django takes 1,000 in one request


def students_of_page(tutor: User) -> int:
    """Count a tutor's students; a person of the admin's lists and pages was read with the count."""
    counted: int | None = getattr(tutor, "students", None)
    return tutor.mappings.count() if counted is None else counted


def students_link(tutor: User) -> str:
    """Link to the list of a tutor's students, saying how many there are."""
    count = students_of_page(tutor)
    url = f"{reverse('admin:roster_tutorstudent_changelist')}?tutor={tutor.pk}"
    return format_html(
        '<a href="{}">{}</a>', url, ngettext("%d student", "%d students", count) % count
    )


class MappingInline(admin.TabularInline):  # type: ignore[type-arg]
    """Mappings of one tutor, a row each."""

    model = TutorStudent
    fk_name = "tutor"
    form = MappingForm
    formset = MappingFormSet
    extra = 0

    def get_formset(self, request: HttpRequest, obj: User | None = None, **options: Any) -> Any:
        formset: Any = super().get_formset(request, obj, **options)
        formset.form.ids_above = ids_above(request)
        return formset


class StudentsInline(MappingInline):
    """The students a tutor has: to look at and to take away, not to edit."""

    verbose_name_plural = _("students of this tutor")
    fields = ("student_link", "changed_at")
    readonly_fields = ("student_link", "changed_at")

    @staticmethod
    def fits(tutor: User) -> bool:
        """Tell whether the list is short enough for a form."""
        return students_of_page(tutor) <= MOST_ROWS

    def get_queryset(self, request: HttpRequest) -> QuerySet[TutorStudent]:
        return super().get_queryset(request).select_related("student", "tutor")

    def has_add_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Adding is done below, where a student is searched for."""
        return False

    @admin.display(description=_("student"))
    def student_link(self, mapping: TutorStudent) -> str:
        """Link to the student's page."""
        url = reverse("admin:roster_user_change", args=[mapping.student_id])
        return format_html('<a href="{}">{}</a>', url, mapping.student)


class RowsToAdd(admin.TabularInline):  # type: ignore[type-arg]
    """Rows to add, for a student who is searched for; the present ones are listed above."""

    autocomplete_fields = ("student",)
    extra = 1
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).none()

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and db_field.name == "student":
            # Search only: the pencil, the plus and the eye lead away from a half-filled form.
            field.widget.can_add_related = field.widget.can_change_related = False
            field.widget.can_view_related = False
        return field

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: that is for the rows above."""
        return False


class AddStudentsInline(RowsToAdd, MappingInline):
    """Students to add to a tutor."""

    verbose_name = _("student")
    verbose_name_plural = _("add students to this tutor")
    fields = ("student",)
