"""Whose account at the pool is whose, in the admin: to be looked at, and to be unlinked."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from speaktracker.cognito.models import PoolAccount
from speaktracker.roster.admin.deletions import people_are_deleted
from speaktracker.roster.admin.people_search import FoundByPeople
from speaktracker.roster.admin.ranks import RankedPages, ids_above


@admin.register(PoolAccount)
class PoolAccountAdmin(RankedPages, FoundByPeople, admin.ModelAdmin):  # type: ignore[type-arg]
    """Accounts that were linked at a first sign-in; deleting one unlinks it."""

    list_display = ("user", "issuer", "sub", "linked_at")
    list_select_related = ("user",)
    ordering = ("-id",)
    search_fields = ("user__email", "sub")
    search_help_text = _("How an address or a name begins")
    people_fields = ("user",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find an account of the pool by its whole `sub`, else those of people."""
        if settings.COGNITO:
            one = queryset.filter(issuer=settings.COGNITO.issuer, sub=search_term.strip())
            if one:
                return one, False
        return super().get_search_results(request, queryset, search_term)

    def is_above(self, request: HttpRequest, row: Any) -> bool:
        """Tell whether its person is: the next token with that address would be linked."""
        return row.user_id in ids_above(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: only a token can show whose an account is."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse, as above."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Let who may delete accounts unlink them, and a deleted person's go with them."""
        if people_are_deleted() and request.user.has_perm("roster.delete_user"):
            return True
        return super().has_delete_permission(request, obj)
