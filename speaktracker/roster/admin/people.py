"""The admin page of people."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.admin import UserAdmin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from speaktracker.db.long_lists import LongList
from speaktracker.roster import selectors
from speaktracker.roster.admin import deletions, reassign_page
from speaktracker.roster.admin.failed_sign_ins import FailedSignInFilter, FailedSignIns
from speaktracker.roster.admin.filters import (
    ImportedFilter,
    NeverSignedInFilter,
    StudentGroupFilter,
    StudentlessTutorFilter,
    StudentTutorFilter,
)
from speaktracker.roster.admin.forms import NewPersonForm, PersonForm
from speaktracker.roster.admin.importing import people_files
from speaktracker.roster.admin.inlines import AddStudentsInline, StudentsInline, students_link
from speaktracker.roster.admin.people_search import FoundPeople
from speaktracker.roster.admin.ranks import those_below
from speaktracker.roster.admin.rights_given import RIGHTS, WHAT_RIGHTS_SHOW, RightsGiven
from speaktracker.roster.admin.successors import AskingForSuccessors
from speaktracker.roster.admin.year_end_pages import may_end_years
from speaktracker.roster.fields import GROUP_WORD
from speaktracker.roster.models import TutorStudent, User, UserType

RECORDED = _("Records refer to this person: the address and the type stay as they are.")
MAPPED = _("This person is mapped to a tutor or to students: the type stays as it is.")


def what_is_fixed(request: HttpRequest, person: User | None) -> tuple[bool, bool]:
    """Tell whether records, and a mapping, name `person`; looked up once a request."""
    if person is None:
        return False, False
    known: dict[int, tuple[bool, bool]] = getattr(request, "what_is_fixed", {})
    if person.pk not in known:
        counted = getattr(person, "students", None)
        is_mapped = hasattr(person, "mapping") or bool(
            person.mappings.count() if counted is None else counted
        )
        known[person.pk] = (person.has_records(), is_mapped)
        request.what_is_fixed = known  # type: ignore[attr-defined]
    return known[person.pk]


@admin.register(User)
class PeopleAdmin(RightsGiven, AskingForSuccessors, FailedSignIns, LongList, UserAdmin):  # type: ignore[type-arg]
    """People: students, tutors and staff."""

    form = PersonForm
    add_form = NewPersonForm
    ordering = ("email",)
    sortable_by = ("email",)
    list_display = (
        *("email", "name", "user_type", "tutor", "group", "student_count"),
        *("is_active", "is_staff"),
    )
    list_filter = (
        *("user_type", StudentTutorFilter, StudentlessTutorFilter, StudentGroupFilter),
        *(ImportedFilter, NeverSignedInFilter, "is_active", "is_staff", FailedSignInFilter),
    )
    change_list_template = "admin/roster/people_list.html"
    search_fields = ("email", "name")
    search_help_text = _("Address or name")
    readonly_fields = ("last_login", "date_joined", "teaches", "failed_sign_ins")
    actions: tuple[str, ...] = (
        "assign_a_tutor",
        "activate",
        "deactivate",
        "delete_selected",
        "forget_failed_sign_ins",
    )
    fieldsets = (
        (None, {"fields": ("email", "name", "user_type", "language", "teaches", "password")}),
        (
            _("Access"),
            {
                "fields": ("is_active", "is_staff", *RIGHTS),
                "classes": ("collapse",),
                "description": WHAT_RIGHTS_SHOW,
            },
        ),
        (_("Dates"), {"fields": ("last_login", "failed_sign_ins", "date_joined")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": (
                    "email",
                    "name",
                    "user_type",
                    "language",
                    "usable_password",
                    "password1",
                    "password2",
                ),
            },
        ),
    )

    class Media:
        css: ClassVar[dict[str, Any]] = {"all": ["roster/admin.css"]}

    def get_urls(self) -> list[Any]:
        own = [
            path("import/", people_files.PAGE.view_of(self), name="roster_user_import"),
            path("imported/", people_files.imported_view_of(self), name="roster_user_imported"),
        ]
        return [*own, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {
            "has_import_permission": people_files.may_import(request),
            "has_year_end_permission": may_end_years(request),
            **(extra_context or {}),
        }
        response: HttpResponse = super().changelist_view(request, context)
        return response

    def get_changelist(self, request: HttpRequest, **_options: Any) -> type[ChangeList]:
        """Name the list that reads the tutors of those whom a search finds by their ids."""
        return FoundPeople

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        """Find whose address or name begins so; only where nobody's does, whose contains it."""
        if not search_term.strip():
            return queryset, False
        return selectors.people_called(queryset, search_term), False

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        counted = (
            TutorStudent.objects.filter(tutor=OuterRef("pk"))
            .order_by()
            .values("tutor")
            .annotate(number=Count("pk"))
        )
        people: QuerySet[User] = super().get_queryset(request).select_related("mapping__tutor")
        return people.annotate(students=Coalesce(Subquery(counted.values("number")), 0))

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        (title, options), *rest = super().get_fieldsets(request, obj)
        has_records, is_mapped = what_is_fixed(request, obj)
        if has_records or is_mapped:
            options = {**options, "description": RECORDED if has_records else MAPPED}
        if obj and self.has_change_permission(request) and self.is_above(request, obj):
            options = {**options, "description": self.why_not}
        left_out = set()
        if obj and obj.user_type != UserType.TUTOR:
            left_out.add("teaches")
        if obj and not self.has_change_permission(request, obj):
            left_out.add("password")  # how its hash begins, and a button that would be refused
        kept = tuple(name for name in options["fields"] if name not in left_out)
        return [(title, {**options, "fields": kept}), *rest]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        fields = tuple(str(name) for name in super().get_readonly_fields(request, obj))
        fields += self.rights_kept(request, obj)
        has_records, is_mapped = what_is_fixed(request, obj)
        if has_records:
            fields += ("email",)
        if has_records or is_mapped:
            fields += ("user_type",)
        return fields

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        return deletions.rows_of_people(objs, request, self.admin_site)

    def get_inlines(self, request: HttpRequest, obj: User | None) -> list[Any]:
        if obj is None or obj.user_type != UserType.TUTOR:
            return []
        if StudentsInline.fits(obj):
            return [StudentsInline, AddStudentsInline]
        return [AddStudentsInline]

    @admin.display(description=_("tutor"), ordering="mapping__tutor__email")
    def tutor(self, person: User) -> str | None:
        """Name the student's tutor."""
        tutor = selectors.known_tutor(person)
        return (tutor.name or tutor.email) if tutor else None

    @admin.display(description=GROUP_WORD)
    def group(self, person: User) -> str | None:
        """Name the student's group."""
        mapping: TutorStudent | None = getattr(person, "mapping", None)
        return mapping.group if mapping else None

    @admin.display(description=_("students"), ordering="students")
    def student_count(self, person: User) -> int | None:
        """Count a tutor's students."""
        count: int = getattr(person, "students", 0)
        return count if person.user_type == UserType.TUTOR else None

    @admin.display(description=_("students"))
    def teaches(self, person: User) -> str:
        """Link to the list of a tutor's students."""
        return students_link(person)

    def has_reassign_permission(self, request: HttpRequest) -> bool:
        """Assigning adds and changes mappings."""
        return reassign_page.may_reassign(request)

    @admin.action(
        description=_("Give the chosen students a tutor or a group"), permissions=["reassign"]
    )
    def assign_a_tutor(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse:
        """Show who is chosen and ask for the tutor."""
        return reassign_page.ask(self, request, queryset.values_list("pk", flat=True))

    @admin.action(description=_("Activate the chosen people"), permissions=["change"])
    def activate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Let the chosen people sign in again."""
        self._set_active(request, queryset, True)

    @admin.action(description=_("Deactivate the chosen people"), permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Sign the chosen people out, yourself excepted."""
        self._set_active(request, queryset.exclude(email=request.user.get_username()), False)

    def _set_active(self, request: HttpRequest, queryset: QuerySet[User], active: bool) -> None:
        queryset = those_below(request, queryset)
        people = User.objects.filter(pk__in=queryset.exclude(is_active=active).values("pk"))
        count = people.update(is_active=active)
        changed = ngettext("%d person was changed.", "%d people were changed.", count) % count
        self.message_user(request, changed, messages.SUCCESS)
