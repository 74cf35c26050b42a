"""The sidebar's filters: by tutor and group, of one import, and of whom nobody looks after yet."""

from datetime import datetime
from typing import Any, Generic, TypeVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from speaktracker.clock import now
from speaktracker.roster import selectors
from speaktracker.roster.fields import GROUP_WORD
from speaktracker.roster.models import TutorStudent, User

MOST_TUTORS = 50  # a longer list is no help; the search finds a tutor's students by address
MOST_GROUPS = 500

M = TypeVar("M", bound=Model)


class TutorFilter(admin.SimpleListFilter, Generic[M]):
    """Rows of one tutor; `path` leads from a row to its tutor."""

    title = _("tutor")
    parameter_name = "tutor"
    path: str

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        tutors = selectors.tutors().only(*selectors.NAMED)
        listed = {str(tutor.pk): str(tutor) for tutor in tutors[:MOST_TUTORS]}
        chosen = self.value() or ""
        # The chosen one is listed however many there are.
        if chosen.isdecimal() and chosen not in listed:
            listed |= {str(tutor.pk): str(tutor) for tutor in tutors.filter(pk=int(chosen))}
        return list(listed.items())

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
            return selectors.without_tutor(queryset)
        return super().queryset(request, queryset)


class GroupFilter(admin.SimpleListFilter, Generic[M]):
    """Rows of one group; `path` leads from a row to its group."""

    title = GROUP_WORD
    parameter_name = "group"
    path: str

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        groups = selectors.groups(MOST_GROUPS)
        chosen = self.value()
        # The chosen one is listed however many there are.
        more = [chosen] if chosen and chosen not in groups else []
        return [(group, group) for group in (*groups, *more)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[M]) -> QuerySet[M]:
        chosen = self.value()
        return queryset.filter(**{self.path: chosen}) if chosen else queryset


class MappingGroupFilter(GroupFilter[TutorStudent]):
    """Mappings of one group."""

    path = "group"


class StudentGroupFilter(GroupFilter[User]):
    """Students of one group."""

    path = "mapping__group"


class ImportedFilter(admin.SimpleListFilter):
    """People who joined lately, or in the very moment of one import."""

    title = _("joined")
    parameter_name = "joined"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        moment = import_moment(self.value())
        text = date_format(timezone.localtime(moment), "DATETIME_FORMAT") if moment else ""
        one_import = [(self.value() or "", _("imported %s") % text)] if moment else []
        return [("lately", _("in the last 7 days")), *one_import]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        if self.value() == "lately":
            return queryset.filter(date_joined__gte=now() - selectors.LATELY)
        moment = import_moment(self.value())
        return queryset.filter(date_joined=moment) if moment else queryset


def import_moment(text: str | None) -> datetime | None:
    """Read the moment at which the people of one import joined; None for anything else."""
    try:
        moment = parse_datetime(text or "")
    except ValueError:
        return None
    return moment if moment and timezone.is_aware(moment) else None


class StudentlessTutorFilter(admin.SimpleListFilter):
    """Tutors who have nobody to teach."""

    title = _("students")
    parameter_name = "students"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("none", _("tutor without students"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        return selectors.without_students(queryset) if self.value() == "none" else queryset


class NeverSignedInFilter(admin.SimpleListFilter):
    """People who have never signed in."""

    title = _("sign-in")
    parameter_name = "signed_in"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("never", _("never signed in"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        never = self.value() == "never"
        return queryset.filter(last_login__isnull=True) if never else queryset
