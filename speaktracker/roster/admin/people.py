"""The admin page of people."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from speaktracker.roster import selectors
from speaktracker.roster.admin import deletions, reassign_page
from speaktracker.roster.admin.filters import StudentTutorFilter
from speaktracker.roster.admin.forms import NewPersonForm, PersonForm
from speaktracker.roster.admin.inlines import AddStudentsInline, StudentsInline, students_link
from speaktracker.roster.models import TutorStudent, User, UserType

PERMISSIONS = ("is_superuser", "groups", "user_permissions")
RECORDED = _("Records refer to this person: the address and the type stay as they are.")
MAPPED = _("This person is mapped to a tutor or to students: the type stays as it is.")


@admin.register(User)
class PeopleAdmin(UserAdmin):  # type: ignore[type-arg]
    """People: students, tutors and staff."""

    form = PersonForm
    add_form = NewPersonForm
    ordering = ("email",)
    list_display = ("email", "name", "user_type", "tutor", "student_count", "is_active", "is_staff")
    list_filter = ("user_type", StudentTutorFilter, "is_active", "is_staff")
    search_fields = ("email", "name")
    search_help_text = _("Address or name")
    readonly_fields = ("last_login", "date_joined", "teaches")
    actions = ("assign_a_tutor", "activate", "deactivate")
    fieldsets = (
        (None, {"fields": ("email", "name", "user_type", "teaches", "password")}),
        (
            _("Access"),
            {"fields": ("is_active", "is_staff", *PERMISSIONS), "classes": ("collapse",)},
        ),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
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
                    "usable_password",
                    "password1",
                    "password2",
                ),
            },
        ),
    )

    class Media:
        css: ClassVar[dict[str, Any]] = {"all": ["roster/admin.css"]}

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
        if obj and obj.type_is_fixed():
            options = {**options, "description": RECORDED if obj.has_records() else MAPPED}
        if obj and obj.user_type != UserType.TUTOR:
            kept = tuple(name for name in options["fields"] if name != "teaches")
            options = {**options, "fields": kept}
        return [(title, options), *rest]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        fields = tuple(str(name) for name in super().get_readonly_fields(request, obj))
        if not request.user.is_superuser:
            fields += PERMISSIONS  # or staff who edit people could make themselves superusers
        if obj and obj.has_records():
            fields += ("email",)
        if obj and obj.type_is_fixed():
            fields += ("user_type",)
        return fields

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Only superusers may edit one, or its password would be anybody's."""
        untouchable = obj is not None and obj.is_superuser and not request.user.is_superuser
        return not untouchable and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        untouchable = obj is not None and obj.is_superuser and not request.user.is_superuser
        return not untouchable and super().has_delete_permission(request, obj)

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

    @admin.action(description=_("Give the chosen students a tutor"), permissions=["reassign"])
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
        if not request.user.is_superuser:
            queryset = queryset.filter(is_superuser=False)
        people = User.objects.filter(pk__in=queryset.exclude(is_active=active).values("pk"))
        count = people.update(is_active=active)
        changed = ngettext("%d person was changed.", "%d people were changed.", count) % count
        self.message_user(request, changed, messages.SUCCESS)
