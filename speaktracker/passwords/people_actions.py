"""What staff do for passwords in the list of people: invitations, and codes on paper.

Each asks first, saying for whom: the page that asks posts the same choice back to the list.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from speaktracker.passwords import selectors, services
from speaktracker.passwords.first_codes import in_groups
from speaktracker.passwords.letter_sending import mail_is_set_up
from speaktracker.passwords.password_links import public_address
from speaktracker.roster.models import User
from speaktracker.roster.selectors import in_batches

MOST_SHOWN = 200


@dataclass(frozen=True)
class PasswordAction:
    """One thing to do for the chosen people, once it is confirmed."""

    title: Any
    explanation: Any
    most: int
    carry_out: Callable[[HttpRequest, QuerySet[User]], HttpResponse]


def send_invitations(request: HttpRequest, people: QuerySet[User]) -> HttpResponse:
    """Queue the invitations and show how they go."""
    with transaction.atomic():
        ids = list(people.order_by().values_list("pk", flat=True))
        mailing = services.invite(cast(User, request.user), ids, get_language() or "ko")
        log(request, ids, _("Invited by e-mail."))
    return redirect("admin:passwords_mailing_change", mailing.pk)


@sensitive_variables()
def print_codes(request: HttpRequest, people: QuerySet[User]) -> HttpResponse:
    """Issue the codes, and answer the sheet: nothing can show them again."""
    with transaction.atomic():
        issued = services.issue_codes(people.select_related("mapping__tutor").order_by("email"))
        log(request, [person.pk for person, _code in issued], _("Got a one-time code on paper."))
    context = {
        "slips": [(person, in_groups(code)) for person, code in issued],
        "address": public_address("first-sign-in"),
        "until": timezone.localtime() + timedelta(days=settings.LIMITS.first_code_days),
    }
    return TemplateResponse(request, "passwords/sheet.html", context)


def log(request: HttpRequest, ids: list[int], what: str) -> None:
    """Write the admin's history of these people."""
    for some in in_batches(ids):
        people = User.objects.filter(pk__in=some)
        LogEntry.objects.log_actions(cast(int, request.user.pk), people, CHANGE, what)


INVITE = PasswordAction(
    gettext_lazy("Invite by e-mail"),
    gettext_lazy(
        "Each gets a letter with a link to choose a password. The link works once, for "
        "%(days)g days. A password that somebody has already stays until a new one is chosen."
    ),
    10_000,
    send_invitations,
)
PRINT = PasswordAction(
    gettext_lazy("Print one-time codes"),
    gettext_lazy(
        "Each gets a code on paper to choose a password with, once, within %(days)g days. "
        "Codes on earlier sheets end now. The sheet can be shown this once only: print it at once."
    ),
    1_000,
    print_codes,
)


class PasswordActions:
    """The actions, to be mixed into the admin of people."""

    admin_site: Any
    message_user: Any

    @admin.action(
        description=gettext_lazy("Invite the chosen people by e-mail"), permissions=["change"]
    )
    def invite(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        """Send each of the chosen people a link."""
        return self._ask(request, queryset, INVITE)

    @admin.action(
        description=gettext_lazy("Invite the students of the chosen tutors by e-mail"),
        permissions=["change"],
    )
    def invite_students(
        self, request: HttpRequest, queryset: QuerySet[User]
    ) -> HttpResponse | None:
        """Send each student of the chosen tutors a link."""
        return self._ask(request, selectors.students_of_tutors(queryset), INVITE)

    @admin.action(
        description=gettext_lazy("Print one-time codes for the chosen people"),
        permissions=["change"],
    )
    def print_codes(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        """Show a sheet with a code for each of the chosen people."""
        return self._ask(request, queryset, PRINT)

    @admin.action(
        description=gettext_lazy("Print one-time codes for the students of the chosen tutors"),
        permissions=["change"],
    )
    def print_students_codes(
        self, request: HttpRequest, queryset: QuerySet[User]
    ) -> HttpResponse | None:
        """Show a sheet with a code for each student of the chosen tutors."""
        return self._ask(request, selectors.students_of_tutors(queryset), PRINT)

    def _ask(
        self,
        request: HttpRequest,
        people: QuerySet[User],
        action: PasswordAction,
    ) -> HttpResponse | None:
        able = selectors.reachable(cast(User, request.user), people)
        count, objection = able.count(), ""
        if action is INVITE and not mail_is_set_up():
            objection = _("This server sends no e-mail: EMAIL_URL is not set.")
        elif not count:
            objection = _("There is nobody among the chosen people for whom you can do this.")
        elif count > action.most:
            objection = _("Choose at most %d people at a time.") % action.most
        if objection:
            self.message_user(request, objection, messages.ERROR)
            return None
        if "confirmed" in request.POST:
            return action.carry_out(request, able)
        limits = settings.LIMITS
        days = limits.invitation_days if action is INVITE else limits.first_code_days
        # What was chosen comes back as it was; of "all there are", one stands for the rest.
        picked = request.POST.getlist(ACTION_CHECKBOX_NAME)
        context = {
            **self.admin_site.each_context(request),
            "title": action.title,
            "explanation": action.explanation % {"days": days},
            "opts": User._meta,
            "count": count,
            "left_out": people.order_by().distinct().count() - count,
            "people": able.order_by("email")[:MOST_SHOWN],
            "unshown": max(0, count - MOST_SHOWN),
            "action": request.POST["action"],
            "across": request.POST.get("select_across", "0"),
            "picked": picked,
            "checkbox": ACTION_CHECKBOX_NAME,
            "form_url": request.get_full_path(),
            "list_url": request.get_full_path(),
        }
        return TemplateResponse(request, "admin/passwords/confirm.html", context)
