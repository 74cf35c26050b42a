"""Signing people out everywhere, as an action of the admin of people."""

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from speaktracker.auth.validity import services
from speaktracker.roster.admin.ranks import those_below
from speaktracker.roster.models import User
from speaktracker.roster.selectors import in_batches


class SignOutAction:
    """The action, to be mixed into the admin of people."""

    message_user: Any

    @admin.action(
        description=gettext_lazy("Sign the chosen people out everywhere"), permissions=["change"]
    )
    def sign_out_everywhere(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """End every session, token and live socket of the chosen people, and write it down."""
        editor = cast(User, request.user)
        people = those_below(request, queryset).order_by()
        ids = list(people.values_list("pk", flat=True))
        for some in in_batches(ids):
            chosen = User.objects.filter(pk__in=some)
            LogEntry.objects.log_actions(editor.pk, chosen, CHANGE, _("Signed out everywhere."))
        count = services.sign_out_everywhere(ids)
        text = ngettext(
            "%d person was signed out everywhere.", "%d people were signed out everywhere.", count
        )
        self.message_user(request, text % count, messages.SUCCESS)
