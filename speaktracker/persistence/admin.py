"""The mirror's page in the admin: how far behind it is, and what was refused."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from speaktracker.persistence import outbox
from speaktracker.persistence.health import mirror_health
from speaktracker.persistence.models import Change
from speaktracker.persistence.relay import backlog

# Django's own classes are generic for the type checker only.
if TYPE_CHECKING:
    ChangePages = admin.ModelAdmin[Change]
else:
    ChangePages = admin.ModelAdmin


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
class ChangeAdmin(ChangePages):
    """Shows changes that are not mirrored yet; they can be tried again, never edited."""

    list_display = ("table", "key", "changed_at", "set_aside_at", "attempts", "error")
    list_filter = (ChangeStateFilter, "table")
    list_display_links = None
    list_per_page = 50
    show_full_result_count = False
    actions = ("try_again",)
    change_list_template = "admin/persistence/change_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Change]:
        return super().get_queryset(request).filter(done_at__isnull=True)

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

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
