"""The classroom in the admin: staff look, and may disconnect people; nobody edits by hand."""

from datetime import UTC, datetime
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _

from realtime.history import staff_attendance
from realtime.history.durations import lasting
from realtime.history.selectors import attended, own_person, with_next
from realtime.models import ClassStay, Connection, PracticeSession, Presence, ServerLease
from realtime.sentences.admin.given_lists import SentenceAssignmentAdmin
from realtime.sentences.admin.sentence_lists import SentenceListAdmin
from realtime.staff_views.class_filters import (
    ConnectedTypeFilter,
    HelpFilter,
    PresenceTutorFilter,
    PresentGroupFilter,
    StatusFilter,
)
from realtime.staff_views.class_lines import class_lines
from realtime.staff_views.disconnecting import ask_or_disconnect
from realtime.staff_views.process_lines import process_lines
from speaktracker.db.long_lists import LongList
from speaktracker.http.row_history import RowHistory
from speaktracker.roster.admin.deletions import people_are_deleted
from speaktracker.roster.admin.people_search import FoundByPeople, FoundBySession
from speaktracker.staff_home.django_words import shown_time
from speaktracker.staff_home.home_lines import HomePart, HomeSection, add_to_home

add_to_home(
    HomePart(HomeSection.CLASS, "realtime.view_presence", _("The class now"), class_lines),
    HomePart(
        *(HomeSection.CLASS, staff_attendance.VIEW, _("Attendance")),
        staff_attendance.attendance_line,
    ),
    HomePart(HomeSection.SYSTEM, "realtime.view_serverlease", _("Processes"), process_lines),
)

__all__ = ["SentenceAssignmentAdmin", "SentenceListAdmin"]


class RecordAdmin(RowHistory, LongList, admin.ModelAdmin):  # type: ignore[type-arg]
    """Records that the product writes: to be looked at."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: sockets make these records."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse: the next transition would overwrite it."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse by hand, but let a deleted person's records go with them."""
        return people_are_deleted() and request.user.has_perm("roster.delete_user")


@admin.register(Connection)
class ConnectionAdmin(FoundByPeople, RecordAdmin):
    """Who is connected now."""

    list_display = ("user_email", "user_type", "tutor_email", "connected_at", "server")
    list_filter = (ConnectedTypeFilter, "server")
    # As by `connected_at`, but that has an index.
    ordering = ("-expires_at",)
    search_fields = ("user_email", "tutor_email", "connection_id")
    search_help_text = _("How an address or a name begins, or a whole connection id")
    people_fields = ("user", "tutor")
    list_select_related = ("server",)
    fields = (
        *("connection_id", "user", "user_email", "user_type", "tutor", "tutor_email"),
        *("server", "connected_at", "expires_at"),
    )
    actions = ("close_connections",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find one connection by its id, else those of people and of their students."""
        one = queryset.filter(pk=search_term.strip())
        return (one, False) if one else super().get_search_results(request, queryset, search_term)

    @admin.action(description=_("Disconnect the chosen people"), permissions=["view"])
    def close_connections(
        self, request: HttpRequest, queryset: QuerySet[Connection]
    ) -> HttpResponse | None:
        """Ask for a reason, then close the chosen connections with it."""
        return ask_or_disconnect(self, request, queryset)


def percent_of(row: Presence | PracticeSession) -> str:
    """Write 45.0 as 45 %."""
    return f"{row.progress:g} %"


@admin.register(Presence)
class PresenceAdmin(FoundByPeople, RecordAdmin):
    """Who is in class, with the latest status."""

    list_display = (
        *("student", "tutor", "group", "in_class", "online", "status", "percent"),
        *("help_state", "last_update"),
    )
    list_filter = (
        *("in_class", "online", StatusFilter, HelpFilter, PresentGroupFilter),
        PresenceTutorFilter,
    )
    search_fields = ("student__email", "student__name", "tutor__email")
    search_help_text = _("How an address or a name begins")
    # Without the numbers by which sockets and processes tell what is news.
    fields = (
        *("student", "tutor", "group", "in_class", "online", "came_at", "leave_due_at"),
        *("status", "status_since", "session_id", "current_sentence", "percent"),
        *("progress_since", "skipped", "last_update"),
        *("help_state", "help_asked_at", "help_note", "help_seen_at"),
    )
    readonly_fields = ("percent",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Presence]:
        return super().get_queryset(request).select_related("student", "tutor")

    @admin.display(description=_("progress"))
    def percent(self, row: Presence) -> str:
        """Write the progress as people do."""
        return percent_of(row)


@admin.register(PracticeSession)
class PracticeSessionAdmin(FoundBySession, RecordAdmin):
    """What was practised."""

    list_display = ("student_email", "session_id", "status", "percent", "last_update", "ended_at")
    list_filter = ("last_update", ("ended_at", admin.EmptyFieldListFilter))
    ordering = ("-last_update", "-id")
    search_fields = ("student_email", "session_id")
    search_help_text = _("How an address or a name begins, or an address with a session after it")
    people_fields = ("student",)
    fields = (
        *("student", "student_email", "tutor_email", "session_id", "status", "percent"),
        *("current_sentence", "skipped", "started_at", "last_update", "ended_at"),
        "client_timestamp",
    )
    readonly_fields = ("percent",)

    @admin.display(description=_("progress"))
    def percent(self, row: PracticeSession) -> str:
        """Write the progress as people do."""
        return percent_of(row)


@admin.register(ClassStay)
class ClassStayAdmin(FoundByPeople, RecordAdmin):
    """Who was in class when, and what they did there."""

    list_display = ("student", "group", "tutor", "came_at", "left_at", "reason")
    list_filter = (("left_at", admin.EmptyFieldListFilter),)
    search_fields = ("student__email", "student__name", "tutor__email")
    search_help_text = _("How an address or a name begins")
    people_fields = ("student", "tutor")
    list_select_related = ("student", "tutor")
    readonly_fields = ("sessions",)
    change_list_template = "admin/realtime/classstay/stays.html"

    def get_urls(self) -> list[Any]:
        attendance = staff_attendance.view_of(self)
        own = [path("attendance/", attendance, name="realtime_classstay_attendance")]
        return [*own, *super().get_urls()]

    @admin.display(description=_("what was done"))
    def sessions(self, stay: ClassStay) -> str:
        """Sum each session of the stay up."""
        (found,) = with_next(ClassStay.objects.filter(pk=stay.pk))
        texts = [
            _("%(practising)s practising, %(idle)s idle, %(paused)s paused; %(sentences)d done")
            % {
                "practising": lasting(session.row.active_seconds),
                "idle": lasting(session.row.idle_seconds),
                "paused": lasting(session.row.paused_seconds),
                "sentences": session.row.sentences,
            }
            for session in attended(own_person(stay.student), [found])
        ]
        return "\n".join(texts)


@admin.register(ServerLease)
class ServerLeaseAdmin(RecordAdmin):
    """The server processes that are alive."""

    list_display = ("host", "pid", "renewed_at", "boot_id")
    fields = ("host", "pid", "started_at", "renewed_at", "boot_id")
    readonly_fields = ("started_at",)

    @admin.display(description=_("started"))
    def started_at(self, lease: ServerLease) -> str:
        """Say when the process began, which tells it from another one with its number."""
        return shown_time(datetime.fromtimestamp(lease.process_started / 100, UTC))
