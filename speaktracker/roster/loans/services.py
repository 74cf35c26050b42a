"""Loans, written: lent, ended before their time, forgotten long after."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from speaktracker.clock import now
from speaktracker.roster.announcements import announce_loans
from speaktracker.roster.loans.models import Extent, Loan
from speaktracker.roster.loans.selectors import open_loans
from speaktracker.roster.models import TutorStudent, User
from speaktracker.roster.selectors import active_tutors
from speaktracker.school_days import today

# Whom one loan can name; who lends more lends a group, or all.
MOST_CHOSEN = 500
PURGE_ROWS = 100

Faults = dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class LoanDraft:
    """What is to be lent by whom to whom; `group` and `students` as the extent asks for them."""

    tutor_id: int
    substitute_id: int
    first_day: date
    last_day: date
    extent: Extent = Extent.ALL
    group: str = ""
    students: Collection[int] = ()


class UnknownLoan(Exception):
    """The tutor gives no loan of this id that is not over: it is another's, or there is none."""


@transaction.atomic
def lend(draft: LoanDraft) -> Loan:
    """Store a loan, once; raises ValidationError with what is wrong by field."""
    # Counted and compared one at a time, or two tabs together would store one loan twice.
    User.objects.select_for_update().filter(pk=draft.tutor_id).order_by().values("pk").first()
    if faults := faults_of(draft):
        raise ValidationError(faults)
    if known := same_loan(draft):
        return known
    loan = Loan.objects.create(
        tutor_id=draft.tutor_id,
        substitute_id=draft.substitute_id,
        first_day=draft.first_day,
        last_day=draft.last_day,
        extent=draft.extent,
        group=draft.group,
    )
    loan.chosen.set(draft.students)
    announce_loans([loan.substitute_id])
    return loan


def faults_of(draft: LoanDraft) -> Faults:
    """Say what is wrong with a draft, by the names of its fields."""
    faults = day_faults(draft.first_day, draft.last_day)
    if draft.tutor_id == draft.substitute_id:
        faults["substitute"] = [_("Nobody is their own substitute.")]
    for name, tutor_id in (("tutor", draft.tutor_id), ("substitute", draft.substitute_id)):
        if not active_tutors().filter(pk=tutor_id).exists():
            faults[name] = [_("This person is not a tutor who may sign in.")]
    faults |= extent_faults(draft)
    most = settings.LIMITS.tutor_loans
    is_full = not faults and open_loans().filter(tutor=draft.tutor_id).count() >= most
    if is_full and same_loan(draft) is None:
        faults["tutor"] = [_too_many(most)]
    return faults


def _too_many(most: int) -> str:
    return ngettext(
        "%d loan is open, and more are not taken. End one first.",
        "%d loans are open, and more are not taken. End one first.",
        most,
    ) % (most,)


def day_faults(first_day: date, last_day: date, *, begun: bool = False) -> Faults:
    """Say what is wrong with the days of a loan, of one that has `begun` with the last one."""
    day, most = today(), settings.LIMITS.loan_days
    faults: Faults = {}
    if not begun and first_day < day:
        faults["first_day"] = [_("This day is over.")]
    if last_day < day:
        faults["last_day"] = [_("This day is over.")]
    elif last_day < first_day:
        faults["last_day"] = [_("The last day comes before the first.")]
    elif last_day - day > timedelta(days=most):
        days = ngettext("%d day", "%d days", most) % most
        faults["last_day"] = [
            _("This is more than %s ahead. Give the students another tutor instead.") % days
        ]
    return faults


def extent_faults(draft: LoanDraft) -> Faults:
    """Say what is wrong with whom a draft lends: who is not the tutor's is named nowhere."""
    mapped = TutorStudent.objects.filter(tutor=draft.tutor_id).order_by()
    if draft.extent == Extent.GROUP:
        if not draft.group or not mapped.filter(group=draft.group).exists():
            return {"group": [_("The tutor has no such group.")]}
    elif draft.group:
        return {"group": [_("Only a loan of one group names it.")]}
    if draft.extent != Extent.SOME:
        return (
            {"students": [_("Only a loan of some students names them.")]} if draft.students else {}
        )
    wanted = set(draft.students)
    if not 0 < len(wanted) <= MOST_CHOSEN:
        return {"students": [_("Choose up to %d students.") % MOST_CHOSEN]}
    if mapped.filter(student__in=wanted).count() != len(wanted):
        return {"students": [_("These are not all students of this tutor.")]}
    return {}


def same_loan(draft: LoanDraft) -> Loan | None:
    """Find an open loan that says just what the draft does."""
    alike = open_loans().filter(
        tutor=draft.tutor_id,
        substitute=draft.substitute_id,
        first_day=draft.first_day,
        last_day=draft.last_day,
        extent=draft.extent,
        group=draft.group,
    )
    wanted = set(draft.students)
    found = alike.prefetch_related("chosen")
    return next((one for one in found if {each.pk for each in one.chosen.all()} == wanted), None)


@transaction.atomic
def prolong(loan: Loan, last_day: date) -> None:
    """Give an open loan another last day; raises ValidationError."""
    if faults := day_faults(loan.first_day, last_day, begun=True):
        raise ValidationError(faults)
    open_loans().filter(pk=loan.pk).update(last_day=last_day)
    announce_loans([loan.substitute_id])


@transaction.atomic
def end(loan_ids: Collection[int]) -> int:
    """End those of these loans that are open; return how many were."""
    ending = open_loans().filter(pk__in=loan_ids)
    substitutes = list(ending.order_by().values_list("substitute_id", flat=True))
    ended = ending.update(ended_at=now())
    announce_loans(substitutes)
    return ended


def end_own(tutor_id: int, loan_id: int) -> None:
    """End an open loan that this tutor gives; raises UnknownLoan."""
    own = open_loans().filter(tutor=tutor_id, pk=loan_id)
    if not end(list(own.order_by().values_list("pk", flat=True))):
        raise UnknownLoan


@transaction.atomic
def purge() -> int:
    """Delete some of the loans that were over long ago; return how many went."""
    past = Loan.objects.select_for_update(skip_locked=True, of=("self",))
    kept = timedelta(days=settings.LIMITS.loan_kept_days)
    old = past.filter(last_day__lt=today() - kept).order_by("last_day", "pk")
    ids = list(old.values_list("pk", flat=True)[:PURGE_ROWS])
    Loan.objects.filter(pk__in=ids).delete()
    return len(ids)
