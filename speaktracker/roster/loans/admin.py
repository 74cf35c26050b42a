"""Loans in the admin: staff lend a tutor's students, give a loan another last day, or end it."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from speaktracker.roster.admin.deletions import people_are_deleted
from speaktracker.roster.admin.people_search import FoundByPeople
from speaktracker.roster.admin.ranks import RankedPages, ids_above
from speaktracker.roster.loans import services
from speaktracker.roster.loans.forms import LoanForm
from speaktracker.roster.loans.models import Extent, Loan
from speaktracker.roster.models import UserType
from speaktracker.school_days import today

IN_FORCE, TO_COME, OVER = "in_force", "to_come", "over"
WORDS = {IN_FORCE: _("in force"), TO_COME: _("still to come"), OVER: _("over")}
FIXED = ("tutor", "substitute", "first_day", "extent", "group", "chosen", "ended_at")


def standing_of(loan: Loan) -> str:
    """Say whether a loan is in force, still to come, or over."""
    if loan.ended_at is not None or loan.last_day < today():
        return OVER
    return IN_FORCE if loan.first_day <= today() else TO_COME


class LoanStandingFilter(admin.SimpleListFilter):
    """Loans by where today is in them."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        """Offer those that are not over: all the others are the rest of the list."""
        return [(word, WORDS[word]) for word in (IN_FORCE, TO_COME)]

    def queryset(self, _request: HttpRequest, rows: QuerySet[Loan]) -> QuerySet[Loan]:
        """Select by the days, as far as nobody ended them."""
        day = today()
        open_ones = rows.filter(last_day__gte=day, ended_at__isnull=True)
        if self.value() == IN_FORCE:
            return open_ones.filter(first_day__lte=day)
        return open_ones.filter(first_day__gt=day) if self.value() == TO_COME else rows


@admin.register(Loan)
class LoanAdmin(RankedPages, FoundByPeople, admin.ModelAdmin):  # type: ignore[type-arg]
    """Who stands in for whom, and when."""

    form = LoanForm
    list_display = ("tutor", "substitute", "first_day", "last_day", "whom", "standing")
    list_select_related = ("tutor", "substitute")
    list_filter = (LoanStandingFilter,)
    people_fields = ("tutor", "substitute")
    people_type = UserType.TUTOR
    search_fields = ("tutor__email", "substitute__email")
    search_help_text = _("How the address or the name of one of the two tutors begins")
    autocomplete_fields = ("tutor", "substitute", "chosen")
    actions = ("end_loans",)

    def is_above(self, request: HttpRequest, row: Any) -> bool:
        """Tell whether one of the two tutors is."""
        people = {row.tutor_id, row.substitute_id}
        return not people_are_deleted() and not people.isdisjoint(ids_above(request))

    def has_delete_permission(self, request: HttpRequest, obj: Loan | None = None) -> bool:
        """Refuse: a loan is ended. With a person theirs go."""
        return people_are_deleted() and request.user.has_perm("roster.delete_user")

    def get_readonly_fields(self, request: HttpRequest, obj: Loan | None = None) -> tuple[str, ...]:
        if obj is None:
            return ()
        return (*FIXED, "last_day") if standing_of(obj) == OVER else FIXED

    def get_fields(self, request: HttpRequest, obj: Loan | None = None) -> tuple[str, ...]:
        return (*LoanForm.Meta.fields, "ended_at") if obj else LoanForm.Meta.fields

    def get_form(
        self, request: HttpRequest, obj: Loan | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.ids_above = ids_above(request)
        return form

    def save_model(self, request: HttpRequest, obj: Loan, form: Any, change: bool) -> None:
        """Lend as the form says, or move the last day of a loan."""
        if not change:
            obj.pk = services.lend(form.draft).pk
        elif "last_day" in form.cleaned_data:
            services.prolong(obj, form.cleaned_data["last_day"])

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Leave who was chosen as `lend` has stored it."""

    @admin.display(description=_("who is lent"))
    def whom(self, loan: Loan) -> str:
        """Say whom it lends."""
        return loan.group if loan.extent == Extent.GROUP else loan.get_extent_display()

    @admin.display(description=_("state"))
    def standing(self, loan: Loan) -> Any:
        """Say where today is in it."""
        return WORDS[standing_of(loan)]

    @admin.action(description=_("End the chosen loans today"), permissions=["change"])
    def end_loans(self, request: HttpRequest, queryset: QuerySet[Loan]) -> None:
        """End those whose tutors are not above who asks."""
        above = ids_above(request)
        may = [one.pk for one in queryset if {one.tutor_id, one.substitute_id}.isdisjoint(above)]
        loans = Loan.objects.filter(pk__in=may).select_related("tutor", "substitute")
        said = [{"changed": {"fields": ["ended early"]}}]
        LogEntry.objects.log_actions(request.user.pk, loans, CHANGE, said)  # type: ignore[arg-type]
        count = services.end(may)
        text = ngettext("%d loan was ended.", "%d loans were ended.", count) % count
        self.message_user(request, text, messages.SUCCESS)
