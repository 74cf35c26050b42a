"""Whose students are whose today, loans included: what everybody asks who lets a tutor see or do.

A loan is in force on its days, unless somebody ended it, as long as both tutors may sign in; it
lends who is mapped to its tutor, so a student who is moved to another leaves it.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from speaktracker.db.rows.kept_query import KeptQuery
from speaktracker.roster.loans.models import Extent, Loan
from speaktracker.roster.models import TutorStudent
from speaktracker.roster.selectors import in_batches
from speaktracker.school_days import today

_MAPPED = "tutor__mappings"


@dataclass(frozen=True, slots=True)
class Lender:
    """Whose student somebody lent is, and through which day they are lent."""

    tutor_id: int
    email: str
    name: str
    last_day: date


@dataclass(frozen=True, slots=True)
class Charge:
    """A student whom a tutor teaches today; `for_tutor_id` is whose student somebody lent is."""

    student_id: int
    student_email: str
    tutor_email: str
    tutor_name: str
    for_tutor_id: int | None = None


def loans_in_force() -> QuerySet[Loan]:
    """Select the loans that count today."""
    day = today()
    return Loan.objects.filter(
        first_day__lte=day,
        last_day__gte=day,
        ended_at__isnull=True,
        tutor__is_active=True,
        substitute__is_active=True,
    ).order_by()


def lent_to(tutor_id: int) -> dict[int, Lender]:
    """Find who is lent to a tutor, by the students' ids; of two loans the one that lasts longer."""
    return lent_to_each([tutor_id])[tutor_id]


def lent_to_each(tutor_ids: Collection[int]) -> dict[int, dict[int, Lender]]:
    """Find who is lent to each of a few tutors, as `lent_to` does, in one query."""
    lent: dict[int, dict[int, Lender]] = {tutor_id: {} for tutor_id in tutor_ids}
    found = loans_in_force().filter(_lends(), substitute__in=tutor_ids).order_by("last_day", "pk")
    columns = ("tutor_id", "tutor__email", "tutor__name", "last_day")
    rows = found.values_list("substitute_id", f"{_MAPPED}__student_id", *columns)
    for tutor_id, student_id, *lender in rows:
        lent[tutor_id][student_id] = Lender(*lender)
    return lent


_OWN = KeptQuery(
    lambda tutor_id, student_email: (
        TutorStudent.objects.filter(
            tutor_id=tutor_id, tutor__is_active=True, student__email=student_email
        )
        .order_by()
        .values_list("student_id", "student__email", "tutor__email", "tutor__name")
    )
)


def charge_of(tutor_id: int, student_email: str) -> Charge | None:
    """Find a student by address whom this tutor teaches today, their own or lent; None else."""
    found = _OWN.rows(tutor_id, student_email) or _lent(tutor_id, student_email)
    return Charge(*found[0]) if found else None


def _lent(tutor_id: int, student_email: str) -> Sequence[tuple[Any, ...]]:
    loans = loans_in_force().filter(
        _lends(), substitute=tutor_id, **{f"{_MAPPED}__student__email": student_email}
    )
    student = (f"{_MAPPED}__student_id", f"{_MAPPED}__student__email")
    columns = (*student, "substitute__email", "substitute__name", "tutor_id")
    return list(loans.values_list(*columns)[:1])


def substitutes_of(tutor_ids: Iterable[int]) -> set[int]:
    """Return the ids of those to whom these tutors lend somebody today."""
    found: set[int] = set()
    for some in in_batches(tutor_ids):
        loans = loans_in_force().filter(tutor__in=some)
        found.update(loans.values_list("substitute_id", flat=True))
    return found


def open_loans() -> QuerySet[Loan]:
    """Select the loans that are in force or still to come, whoever may sign in."""
    return Loan.objects.filter(last_day__gte=today(), ended_at__isnull=True)


def loans_of(tutor_id: int) -> list[Loan]:
    """List the open loans that a tutor gives or is given, the next to end first, with names."""
    own = Q(tutor=tutor_id) | Q(substitute=tutor_id)
    loans = open_loans().filter(own).select_related("tutor", "substitute")
    return list(loans.prefetch_related("chosen").order_by("last_day", "pk"))


def _lends() -> Q:
    """Write the condition that a loan lends the student of a mapping of its tutor."""
    chosen = Loan.chosen.through.objects.filter(
        loan=OuterRef("pk"), user=OuterRef(f"{_MAPPED}__student")
    )
    # The first names the mappings, so that all that one filter says is of the same one.
    return Q(**{f"{_MAPPED}__isnull": False}) & (
        Q(extent=Extent.ALL)
        | Q(extent=Extent.GROUP, group=F(f"{_MAPPED}__group"))
        | Q(Exists(chosen), extent=Extent.SOME)
    )
