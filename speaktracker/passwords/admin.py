"""The admin of people with what gives them passwords, and of the invitations sent."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from speaktracker.auth.shared_computers.forms import StaffSignInForm
from speaktracker.auth.validity.sign_out_action import SignOutAction
from speaktracker.db.long_lists import LongList
from speaktracker.http.row_history import RowHistory
from speaktracker.passwords import selectors
from speaktracker.passwords.models import Mailing
from speaktracker.passwords.people_actions import PasswordActions
from speaktracker.roster.admin import PeopleAdmin
from speaktracker.roster.models import User
from speaktracker.roster.permissions import EDIT
from speaktracker.staff_home.home_lines import (
    HomeCount,
    HomeLine,
    HomeSection,
    add_to_home,
    number,
)

# Django's own classes are generic for the type checker only.
if TYPE_CHECKING:
    MailingPages = admin.ModelAdmin[Mailing]
else:
    MailingPages = admin.ModelAdmin

MOST_FAILURES_SHOWN = 50
REFRESH_SECONDS = 3


def failed_invitations_line(count: int) -> HomeLine | None:
    """Say on the home how many invitations reached nobody."""
    if not count:
        return None
    text = ngettext(
        "%(n)s invitation could not be sent.", "%(n)s invitations could not be sent.", count
    )
    url = reverse("admin:passwords_mailing_changelist")
    return HomeLine(text % {"n": number(count)}, url, urgent=True)


add_to_home(
    HomeCount(HomeSection.PEOPLE, EDIT, selectors.failed_invitations, failed_invitations_line)
)
admin.site.unregister(User)
admin.site.login_form = StaffSignInForm
admin.site.login_template = "admin/passwords/sign_in.html"


@admin.register(User)
class PeopleWithPasswordsAdmin(PasswordActions, SignOutAction, PeopleAdmin):
    """People, how they come to a password, and how their sign-ins end."""

    actions = (
        *PeopleAdmin.actions,
        "invite",
        "invite_students",
        "print_codes",
        "print_students_codes",
        "sign_out_everywhere",
    )


@admin.register(Mailing)
class MailingAdmin(RowHistory, LongList, MailingPages):
    """Invitations by e-mail, to look at: how many went, and which did not."""

    list_display = ("asked_at", "asked_by", "wanted", "sent", "waiting", "failed")
    fields = (*list_display, "gone", "failures")
    readonly_fields = fields
    list_select_related = ("asked_by",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Mailing]:
        return selectors.with_progress(super().get_queryset(request).select_related("asked_by"))

    def has_view_permission(self, request: HttpRequest, obj: Mailing | None = None) -> bool:
        return request.user.has_perm(EDIT)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(EDIT)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Mailing | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Mailing | None = None) -> bool:
        return False

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show one mailing; the page comes anew by itself until every letter is settled."""
        answer = super().change_view(request, object_id, form_url, extra_context)
        context = getattr(answer, "context_data", None) or {}
        mailing = context.get("original")
        if mailing and selectors.progress_of(mailing).waiting:
            answer.headers["Refresh"] = str(REFRESH_SECONDS)
        return answer

    @admin.display(description=_("waiting"))
    def waiting(self, mailing: Mailing) -> int:
        """Count the letters that are still to go."""
        return selectors.progress_of(mailing).waiting

    @admin.display(description=_("not sent"))
    def failed(self, mailing: Mailing) -> int:
        """Count the letters that were given up."""
        return selectors.progress_of(mailing).failed

    @admin.display(description=_("deleted since"))
    def gone(self, mailing: Mailing) -> int:
        """Count the people who were deleted before their letter went."""
        return selectors.progress_of(mailing).gone

    @admin.display(description=_("who got no letter"))
    def failures(self, mailing: Mailing) -> str:
        """List whom no letter reached, and why."""
        failed = selectors.failed_letters(mailing)[:MOST_FAILURES_SHOWN]
        rows = ((letter.person, letter.problem) for letter in failed)
        return format_html_join("\n", "<p>{} – {}</p>", rows) or "–"
