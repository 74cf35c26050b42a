"""Whose passwords did not match of late, in the list of people, and the end of their waits."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from speaktracker.guard.refusals import in_words
from speaktracker.guard.selectors import failures_and_wait, ids_with_failures
from speaktracker.guard.services import clear_waits
from speaktracker.roster.admin.ranks import those_below
from speaktracker.roster.models import User


class FailedSignInFilter(admin.SimpleListFilter):
    """People whose passwords did not match in the last two hours."""

    title = gettext_lazy("failed sign-ins")
    parameter_name = "failed_sign_ins"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("lately", gettext_lazy("in the last two hours"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        return queryset.filter(pk__in=ids_with_failures()) if self.value() else queryset


class FailedSignIns:
    """Shows a person's failed sign-ins on their page, and lets staff forget them."""

    @admin.display(description=gettext_lazy("failed sign-ins"))
    def failed_sign_ins(self, person: User) -> str:
        """Count those of two hours, with the wait of whoever tries from a new address."""
        failures, seconds = failures_and_wait(person.email)
        if not seconds:
            return str(failures)
        return _("%(count)d; from a new address wait %(time)s") % {
            "count": failures,
            "time": in_words(seconds),
        }

    @admin.action(
        description=gettext_lazy("Let the chosen people try to sign in again at once"),
        permissions=["change"],
    )
    def forget_failed_sign_ins(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """End the waits of the chosen people."""
        emails = list(those_below(request, queryset).values_list("email", flat=True))
        clear_waits(emails)
        text = ngettext(
            "%d person may try again at once.", "%d people may try again at once.", len(emails)
        )
        messages.success(request, text % len(emails))
