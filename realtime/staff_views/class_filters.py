"""The filters beside the lists of connections and of who is present."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from realtime.models import Connection, PracticeStatus, Presence
from realtime.presence.circumstances import OPEN
from speaktracker.roster.admin.filters import TutorFilter
from speaktracker.roster.fields import GROUP_WORD
from speaktracker.roster.models import UserType

# A longer list is no help.
MOST_GROUPS = 50


class ConnectedTypeFilter(admin.SimpleListFilter):
    """Connections of students, or of tutors."""

    title = _("user type")
    parameter_name = "user_type"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        return list(UserType.choices)

    def queryset(
        self, _request: HttpRequest, queryset: QuerySet[Connection]
    ) -> QuerySet[Connection]:
        chosen = self.value()
        if chosen == UserType.TUTOR:  # the few without a tutor have an index
            queryset = queryset.filter(tutor__isnull=True)
        return queryset.filter(user_type=chosen) if chosen else queryset


class StatusFilter(admin.SimpleListFilter):
    """Students who are online, by what they report."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        return list(PracticeStatus.choices)

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Presence]) -> QuerySet[Presence]:
        # Of whoever was here ever, the last one is still known.
        chosen = self.value()
        return queryset.filter(online=True, status=chosen) if chosen else queryset


class HelpFilter(admin.SimpleListFilter):
    """Students in class who wait for help."""

    title = _("help")
    parameter_name = "help"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        return [("waiting", _("waiting for help"))]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Presence]) -> QuerySet[Presence]:
        waits = self.value() == "waiting"
        return queryset.filter(in_class=True, help_state__in=OPEN) if waits else queryset


class PresentGroupFilter(admin.SimpleListFilter):
    """Students in class, by their group."""

    title = GROUP_WORD
    parameter_name = "group"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        groups = Presence.objects.filter(in_class=True).exclude(group="").order_by("group")
        named = dict.fromkeys(groups.values_list("group", flat=True).distinct()[:MOST_GROUPS])
        if chosen := self.value():  # it is listed however many there are
            named[chosen] = None
        return [(group, group) for group in named]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Presence]) -> QuerySet[Presence]:
        chosen = self.value()
        return queryset.filter(in_class=True, group=chosen) if chosen else queryset


class PresenceTutorFilter(TutorFilter[Presence]):
    """Students of one tutor."""

    path = "tutor"
