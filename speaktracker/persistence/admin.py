"""The mirror's page in the admin: how far behind it is, and what was refused."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from speaktracker.db.long_lists import LongList
from speaktracker.http.row_history import RowHistory
from speaktracker.persistence import outbox
from speaktracker.persistence.health import mirror_health
from speaktracker.persistence.mirror_lines import mirror_lines
from speaktracker.persistence.models import Change
from speaktracker.persistence.relay import backlog
from speaktracker.persistence.tables import CONNECTIONS, FEEDBACK, SESSIONS, TABLES
from speaktracker.staff_home.home_lines import HomePart, HomeSection, add_to_home

# Django's own classes are generic for the type checker only.
if TYPE_CHECKING:
    ChangePages = admin.ModelAdmin[Change]
else:
    ChangePages = admin.ModelAdmin


add_to_home(HomePart(HomeSection.SYSTEM, "persistence.view_change", _("Mirror"), mirror_lines))


TABLE_WORDS = {
    CONNECTIONS.name: _("live connections"),
    FEEDBACK.name: _("feedback"),
    SESSIONS.name: _("practice sessions"),
}


class TableFilter(admin.SimpleListFilter):
    """Changes of one table; which there are is known without reading them all."""

    title = _("table")
    parameter_name = "table"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        return [(table.name, TABLE_WORDS.get(table.name, table.name)) for table in TABLES]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Change]) -> QuerySet[Change]:
        return queryset.filter(table=self.value()) if self.value() else queryset


class ChangeStateFilter(admin.SimpleListFilter):
    """Shows changes that were set aside unless asked for those that wait: a person must act."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        return [("waiting", _("waiting"))]

    def choices(self, changelist: Any) -> Any:
        entries = list(super().choices(changelist))
        entries[0]["display"] = _("set aside")
        return entries

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Change]) -> QuerySet[Change]:
        return queryset.filter(set_aside_at__isnull=self.value() == "waiting")


@admin.register(Change)
class ChangeAdmin(RowHistory, LongList, ChangePages):
    """Shows changes that are not mirrored yet; they can be tried again, never edited."""

    list_display = ("table_in_words", "key", "changed_at", "set_aside_at", "attempts", "error")
    list_filter = (ChangeStateFilter, TableFilter)
    list_display_links = None
    actions = ("try_again",)
    change_list_template = "admin/persistence/change_list.html"

    @admin.display(description=_("table"))
    def table_in_words(self, change: Change) -> Any:
        """Say of what kind the record is."""
        return TABLE_WORDS.get(change.table, change.table)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Change]:
        return super().get_queryset(request).filter(done_at__isnull=True)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Order what waits as the relay takes it, the few that were set aside by age."""
        waiting = request.GET.get(ChangeStateFilter.parameter_name) == "waiting"
        return ("table", "due_at", "id") if waiting else ("id",)

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Change | None = None) -> bool:
        """Let changes be tried again, but none be edited: its key is what the relay writes."""
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, _request: HttpRequest, _obj: Change | None = None) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {**(extra_context or {}), "title": _("Mirror"), "mirror": mirror_health()}
        return super().changelist_view(request, context)

    @admin.action(description=_("Try the chosen changes again"), permissions=["change"])
    def try_again(self, request: HttpRequest, chosen: QuerySet[Change]) -> None:
        number = backlog.retry(list(chosen.values_list("pk", flat=True)))
        outbox.wake()
        message = ngettext("%d change is tried again.", "%d changes are tried again.", number)
        self.message_user(request, message % number, messages.SUCCESS)
