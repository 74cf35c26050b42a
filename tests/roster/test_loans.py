"""A tutor's students lent to a substitute: who is whose on which day."""

from collections.abc import Callable
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.db.models import QuerySet

from speaktracker.roster import services as roster
from speaktracker.roster.change_log import selectors as change_log
from speaktracker.roster.loans import loan_triggers, selectors, services
from speaktracker.roster.loans.models import Extent, Loan
from speaktracker.roster.loans.selectors import charge_of, lent_to, substitutes_of
from speaktracker.roster.loans.services import LoanDraft
from speaktracker.roster.models import TutorStudent, User
from tests.roster.conftest import Does, Person
from tests.roster.school_calendar import FRIDAY, MONDAY, SATURDAY, TUESDAY, DayIs
from tests.roster.test_triggers import standing_triggers

pytestmark = pytest.mark.usefixtures("day_is")


@pytest.fixture
def lender(tutor: Person) -> User:
    return tutor("lender@example.com", name="김하늘")


@pytest.fixture
def substitute(tutor: Person) -> User:
    return tutor("substitute@example.com", name="이서연")


@pytest.fixture
def own(lender: User, student: Person) -> list[User]:
    """Three students of the lender, two of them in group 3A."""
    people = [student(f"student{number}@example.com") for number in range(3)]
    for one, group in zip(people, ("3A", "3A", "3B"), strict=True):
        TutorStudent.objects.create(student=one, tutor=lender, group=group)
    return people


@pytest.fixture
def draft(lender: User, substitute: User, own: list[User]) -> LoanDraft:
    """All students of the lender, from Tuesday to Friday."""
    return LoanDraft(lender.pk, substitute.pk, TUESDAY, FRIDAY)


def lent(substitute: User) -> set[str]:
    return set(User.objects.filter(pk__in=lent_to(substitute.pk)).values_list("email", flat=True))


def charged(tutor: User, student: User) -> tuple[str, int | None] | None:
    """Say in whose name feedback would go out today, and for whom."""
    charge = charge_of(tutor.pk, student.email)
    return (charge.tutor_email, charge.for_tutor_id) if charge else None


def test_a_loan_is_in_force_on_its_days_in_the_school_s_time(
    draft: LoanDraft, substitute: User, day_is: DayIs
) -> None:
    services.lend(draft)
    seen = []
    for day, at in (
        (MONDAY, time(23, 59, 59)),
        (TUESDAY, time(0)),
        (FRIDAY, time(23, 59, 59)),
        (SATURDAY, time(0)),
    ):
        day_is(day, at)
        seen.append(len(lent(substitute)))
    assert seen == [0, 3, 3, 0]


def test_the_substitute_teaches_them_and_so_does_their_tutor(
    draft: LoanDraft, lender: User, substitute: User, own: list[User], day_is: DayIs
) -> None:
    services.lend(draft)
    day_is(TUESDAY)
    assert charged(substitute, own[0]) == ("substitute@example.com", lender.pk)
    assert charged(lender, own[0]) == ("lender@example.com", None)
    assert TutorStudent.objects.filter(tutor=lender).count() == 3
    day_is(SATURDAY)
    assert charged(substitute, own[0]) is None


def test_a_loan_says_whose_they_are_and_until_when(
    draft: LoanDraft, lender: User, substitute: User, own: list[User], day_is: DayIs
) -> None:
    services.lend(draft)
    services.lend(replace(draft, last_day=SATURDAY, extent=Extent.SOME, students=[own[0].pk]))
    day_is(TUESDAY)
    found = lent_to(substitute.pk)
    assert found[own[1].pk] == selectors.Lender(lender.pk, "lender@example.com", "김하늘", FRIDAY)
    assert found[own[0].pk].last_day == SATURDAY


@pytest.mark.parametrize(
    ("extent", "expected"),
    [
        (Extent.ALL, {0, 1, 2}),
        (Extent.GROUP, {0, 1}),
        (Extent.SOME, {2}),
    ],
)
def test_all_a_group_or_some_are_lent(
    draft: LoanDraft, own: list[User], substitute: User, extent: Extent, expected: set[int]
) -> None:
    named: dict[str, Any] = {"group": "3A"} if extent == Extent.GROUP else {}
    named |= {"students": [own[2].pk]} if extent == Extent.SOME else {}
    services.lend(replace(draft, first_day=MONDAY, extent=extent, **named))
    assert lent(substitute) == {own[number].email for number in expected}


def test_who_comes_to_the_tutor_is_lent_and_who_goes_is_not(
    draft: LoanDraft, own: list[User], student: Person, tutor: Person, substitute: User
) -> None:
    services.lend(replace(draft, first_day=MONDAY))
    new, another = student("new@example.com"), tutor("another@example.com")
    roster.assign_tutor(new, User.objects.get(pk=draft.tutor_id))
    roster.assign_tutor(own[0], another)
    roster.unassign(own[1])
    assert lent(substitute) == {"new@example.com", own[2].email}
    assert charged(substitute, own[0]) is None


def test_who_is_chosen_and_moved_away_is_lent_again_once_they_are_back(
    draft: LoanDraft, own: list[User], tutor: Person, lender: User, substitute: User
) -> None:
    chosen = [own[0].pk, own[1].pk]
    services.lend(replace(draft, first_day=MONDAY, extent=Extent.SOME, students=chosen))
    roster.assign_tutor(own[0], tutor("another@example.com"))
    assert lent(substitute) == {own[1].email}
    roster.assign_tutor(own[0], lender)
    assert len(lent(substitute)) == 2


def test_who_is_moved_to_the_substitute_is_their_own(
    draft: LoanDraft, own: list[User], substitute: User
) -> None:
    services.lend(replace(draft, first_day=MONDAY))
    roster.assign_tutor(own[0], substitute)
    assert own[0].email not in lent(substitute)
    assert charged(substitute, own[0]) == ("substitute@example.com", None)


def test_students_who_are_lent_are_lent_on_by_nobody(
    draft: LoanDraft, own: list[User], substitute: User, tutor: Person
) -> None:
    services.lend(replace(draft, first_day=MONDAY))
    third = tutor("third@example.com")
    services.lend(LoanDraft(substitute.pk, third.pk, MONDAY, FRIDAY))
    assert lent(third) == set()
    chosen = LoanDraft(substitute.pk, third.pk, MONDAY, FRIDAY, Extent.SOME, students=[own[0].pk])
    assert "students" in services.faults_of(chosen)


@pytest.mark.parametrize("who", ["lender", "substitute"])
def test_a_loan_rests_while_one_of_the_two_may_not_sign_in(
    draft: LoanDraft, substitute: User, lender: User, own: list[User], who: str
) -> None:
    services.lend(replace(draft, first_day=MONDAY))
    person = {"lender": lender, "substitute": substitute}[who]
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert (lent(substitute), charged(substitute, own[0])) == (set(), None)
    assert substitutes_of([lender.pk]) == set()
    User.objects.filter(pk=person.pk).update(is_active=True)
    assert len(lent(substitute)) == 3


def test_a_loan_goes_with_either_tutor_and_loses_who_is_deleted(
    draft: LoanDraft, own: list[User], substitute: User, lender: User
) -> None:
    chosen = [own[0].pk, own[1].pk]
    services.lend(replace(draft, first_day=MONDAY, extent=Extent.SOME, students=chosen))
    own[0].delete()
    own[1].delete()
    assert lent(substitute) == set()  # nobody is left of those who were chosen, not everybody
    lender.delete()
    assert not Loan.objects.exists()


def test_a_loan_may_be_ended_early_by_who_gives_it(
    draft: LoanDraft, substitute: User, does: Does
) -> None:
    loan = services.lend(replace(draft, first_day=MONDAY))
    with pytest.raises(services.UnknownLoan):
        services.end_own(substitute.pk, loan.pk)
    services.end_own(draft.tutor_id, loan.pk)
    assert lent(substitute) == set()
    with pytest.raises(services.UnknownLoan):
        services.end_own(draft.tutor_id, loan.pk)


def test_a_loan_may_be_prolonged_and_shortened_but_not_into_the_past(
    draft: LoanDraft, substitute: User, day_is: DayIs
) -> None:
    loan = services.lend(replace(draft, first_day=MONDAY))
    services.prolong(loan, SATURDAY)
    day_is(SATURDAY)
    assert len(lent(substitute)) == 3
    with pytest.raises(ValidationError) as refused:
        services.prolong(loan, FRIDAY)
    assert refused.value.message_dict.keys() == {"last_day"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"first_day": MONDAY - timedelta(days=1)}, "first_day"),
        (dict.fromkeys(("first_day", "last_day"), MONDAY - timedelta(days=1)), "last_day"),
        ({"last_day": MONDAY}, "last_day"),
        ({"last_day": MONDAY + timedelta(days=367)}, "last_day"),
        ({"extent": Extent.GROUP}, "group"),
        ({"extent": Extent.GROUP, "group": "9Z"}, "group"),
        ({"group": "3A"}, "group"),
        ({"extent": Extent.SOME}, "students"),
        ({"extent": Extent.SOME, "students": [0]}, "students"),
        ({"students": [0]}, "students"),
        ({"substitute_id": 0}, "substitute"),
    ],
)
def test_what_cannot_be_lent_is_refused_by_field(
    draft: LoanDraft, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        services.lend(replace(draft, **changes))
    assert set(refused.value.message_dict) == {field} | ({"first_day"} & changes.keys())


def test_nobody_is_their_own_substitute_nor_is_a_student(
    draft: LoanDraft, own: list[User], lender: User
) -> None:
    for person in (lender, own[0]):
        assert "substitute" in services.faults_of(replace(draft, substitute_id=person.pk))
    with pytest.raises(IntegrityError):
        Loan.objects.create(tutor=lender, substitute=lender, first_day=MONDAY, last_day=MONDAY)


def test_the_same_loan_is_kept_once_and_loans_may_overlap(
    draft: LoanDraft, tutor: Person, substitute: User, day_is: DayIs
) -> None:
    assert services.lend(draft) == services.lend(draft)
    second = tutor("second@example.com")
    services.lend(replace(draft, substitute_id=second.pk))
    services.lend(replace(draft, first_day=FRIDAY, last_day=SATURDAY))
    day_is(FRIDAY)
    assert len(lent(substitute)) == len(lent(second)) == 3
    day_is(SATURDAY)
    assert (len(lent(substitute)), len(lent(second))) == (3, 0)


def test_so_many_loans_may_be_open_at_once(draft: LoanDraft, settings: Any) -> None:
    settings.LIMITS = replace(settings.LIMITS, tutor_loans=1)
    loan = services.lend(draft)
    with pytest.raises(ValidationError):
        services.lend(replace(draft, last_day=SATURDAY))
    services.end([loan.pk])
    services.lend(replace(draft, last_day=SATURDAY))


def test_a_tutor_in_a_loan_keeps_the_type(draft: LoanDraft, substitute: User) -> None:
    assert not substitute.type_is_fixed()
    services.lend(draft)
    assert substitute.type_is_fixed()


def since() -> str:
    return change_log._since_id(None).position


def substitutes_logged(position: str) -> frozenset[int]:
    return change_log._since_id(int(position)).substitutes


def run_sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    "change",
    [
        lambda loans: services.end(list(loans.values_list("pk", flat=True))),
        lambda loans: loans.update(last_day=FRIDAY),
        lambda loans: loans.delete(),
        lambda loans: loans.get().chosen.clear(),
        lambda _: run_sql("UPDATE roster_loan SET last_day = '2026-03-07'"),
        lambda _: run_sql("DELETE FROM roster_loan_chosen"),
    ],
)
def test_each_change_is_logged_whatever_path_it_takes(
    draft: LoanDraft, own: list[User], substitute: User, change: Callable[[QuerySet[Loan]], object]
) -> None:
    before = since()
    services.lend(replace(draft, extent=Extent.SOME, students=[own[0].pk]))
    assert substitutes_logged(before) == {substitute.pk}
    before = since()
    change(Loan.objects.all())
    assert substitutes_logged(before) == {substitute.pk}


def test_the_triggers_stand(db: None) -> None:
    only_on_postgresql = {"roster_loan_truncated"} if connection.vendor == "sqlite" else set()
    assert standing_triggers() >= loan_triggers.NAMES.keys() - only_on_postgresql


def test_loans_are_forgotten_long_after(draft: LoanDraft, day_is: DayIs, settings: Any) -> None:
    services.lend(draft)
    day_is(FRIDAY + timedelta(days=settings.LIMITS.loan_kept_days))
    assert services.purge() == 0
    day_is(FRIDAY + timedelta(days=settings.LIMITS.loan_kept_days + 1))
    assert [services.purge(), services.purge(), Loan.objects.count()] == [1, 0, 0]
