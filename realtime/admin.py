"""The classroom in the admin: staff look, and may close a connection; nobody edits by hand."""

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from realtime.broadcast import publish
from realtime.models import Connection, PracticeSession, Presence, ServerLease
from realtime.protocol.codes import CloseCode
from speaktracker.roster.admin.deletions import people_are_deleted


class RecordAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Records that the product writes: to be looked at."""

    list_per_page = 50
    show_full_result_count = False

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
class ConnectionAdmin(RecordAdmin):
    """Who is connected now."""

    list_display = ("user_email", "user_type", "tutor_email", "connected_at", "server")
    list_filter = ("user_type", "server")
    search_fields = ("user_email", "tutor_email", "connection_id")
    list_select_related = ("server",)
    actions = ("close_connections",)

    @admin.action(description=_("Close the selected connections"), permissions=["view"])
    def close_connections(self, request: HttpRequest, queryset: QuerySet[Connection]) -> None:
        """Close sockets with "removed by staff": their clients do not come back by themselves."""
        if not request.user.has_perm("realtime.delete_connection"):
            messages.error(request, _("You may not close connections."))
            return
        channels = list(queryset.values_list("channel", flat=True))
        for channel in channels:
            publish.from_thread(publish.close_channel, channel, CloseCode.REMOVED)
        text = ngettext(
            "%(count)d connection is being closed.",
            "%(count)d connections are being closed.",
            len(channels),
        )
        messages.success(request, text % {"count": len(channels)})


@admin.register(Presence)
class PresenceAdmin(RecordAdmin):
    """Who is in class, with the latest status."""

    list_display = ("student", "tutor", "in_class", "online", "status", "progress", "last_update")
    list_filter = ("in_class", "online", "status")
    search_fields = ("student__email", "student__name", "tutor__email")
    list_select_related = ("student", "tutor")


@admin.register(PracticeSession)
class PracticeSessionAdmin(RecordAdmin):
    """What was practised."""

    list_display = ("student_email", "session_id", "status", "progress", "started_at", "ended_at")
    list_filter = ("status",)
    search_fields = ("student_email", "tutor_email", "session_id")
    date_hierarchy = "last_update"


@admin.register(ServerLease)
class ServerLeaseAdmin(RecordAdmin):
    """The server processes that are alive."""

    list_display = ("host", "pid", "renewed_at", "boot_id")
