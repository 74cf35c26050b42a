"""The sidebar's filter by tutor."""

from typing import Any, Generic, TypeVar

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from speaktracker.roster import selectors
from speaktracker.roster.models import TutorStudent, User, UserType

MOST_TUTORS = 50  # a longer list is no help; the search finds a tutor's students by address

M = TypeVar("M", bound=Model)


class TutorFilter(admin.SimpleListFilter, Generic[M]):
    """Rows of one tutor; `path` leads from a row to its tutor."""

    title = _("tutor")
    parameter_name = "tutor"
    path: str

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        chosen = self.value() or ""
        # The chosen one is listed however many there are.
        first = Q(pk__in=selectors.tutors().values("pk")[:MOST_TUTORS])
        listed = selectors.tutors().filter(first | Q(pk=int(chosen) if chosen.isdecimal() else 0))
        return [(str(tutor.pk), str(tutor)) for tutor in listed]

    def queryset(self, request: HttpRequest, queryset: QuerySet[M]) -> QuerySet[M]:
        chosen = self.value() or ""
        return queryset.filter(**{self.path: int(chosen)}) if chosen.isdecimal() else queryset


class MappingTutorFilter(TutorFilter[TutorStudent]):
    """Mappings of one tutor."""

    path = "tutor"


class StudentTutorFilter(TutorFilter[User]):
    """Students of one tutor, or of none."""

    path = "mapping__tutor"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("none", _("student without a tutor")), *super().lookups(request, model_admin)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        if self.value() == "none":
            return queryset.filter(user_type=UserType.STUDENT, mapping__isnull=True)
        return super().queryset(request, queryset)
