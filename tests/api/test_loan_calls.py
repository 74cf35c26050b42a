"""A substitute by the API: students lent and given back, and what was given meanwhile."""

from datetime import timedelta
from typing import Any

import pytest

from feedback import store
from feedback.models import Feedback
from feedback.validation import Draft
from speaktracker.roster.loans import services
from speaktracker.roster.loans.models import Loan
from speaktracker.roster.loans.selectors import charge_of
from speaktracker.roster.loans.services import LoanDraft
from speaktracker.roster.models import User, UserType
from speaktracker.school_days import today
from tests.api.conftest import Gave, SignedIn

LOANS, FEEDBACK, STUDENTS = "/api/tutor/loans", "/api/tutor/feedback", "/api/tutor/students"


@pytest.fixture
def substitute(db: None) -> User:
    return User.objects.create_user(
        "substitute@example.com", user_type=UserType.TUTOR, name="이서연"
    )


@pytest.fixture
def body(student: User, substitute: User) -> dict[str, Any]:
    """A loan of all students of `tutor`, today and tomorrow."""
    day = today()
    days = {"first_day": day.isoformat(), "last_day": (day + timedelta(days=1)).isoformat()}
    return {"substitute_email": substitute.email.upper(), **days}


@pytest.fixture
def loan(tutor: User, student: User, substitute: User) -> Loan:
    return services.lend(LoanDraft(tutor.pk, substitute.pk, today(), today()))


def give(giver: User, student: User, message: str = "잘했어요") -> Feedback:
    return store.store(giver.pk, Draft(student.email, "s", message, "text")).row


def test_a_tutor_lends_their_students_once(
    signed_in: SignedIn, tutor: User, body: dict[str, Any]
) -> None:
    answers = [signed_in(tutor).post(LOANS, body) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    listed = signed_in(tutor).get(LOANS).json()["results"]
    assert listed == [answers[0].json()] == [answers[1].json()]
    assert listed[0] | {"id": 0} == {
        **body,
        "id": 0,
        "is_own": True,
        "is_in_force": True,
        "extent": "all",
        "group": "",
        "tutor_email": "tutor@example.com",
        "tutor_name": "",
        "substitute_email": "substitute@example.com",
        "substitute_name": "이서연",
    }


def test_the_substitute_sees_the_loan_but_not_who_was_chosen(
    signed_in: SignedIn, tutor: User, substitute: User, body: dict[str, Any]
) -> None:
    chosen = {"extent": "some", "student_emails": ["STUDENT@example.com"]}
    own = signed_in(tutor).post(LOANS, body | chosen).json()
    taken = signed_in(substitute).get(LOANS).json()["results"][0]
    assert own["student_emails"] == ["student@example.com"]
    assert (taken["is_own"], "student_emails" in taken) == (False, False)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"substitute_email": "nobody@example.com"}, "substitute_email"),
        ({"substitute_email": "student@example.com"}, "substitute_email"),
        ({"substitute_email": "tutor@example.com"}, "substitute_email"),
        ({"first_day": "2026-02-30"}, "first_day"),
        ({"first_day": "2020-01-01"}, "first_day"),
        ({"last_day": "9999-12-31"}, "last_day"),
        ({"extent": "none"}, "extent"),
        ({"extent": "group", "group": "nowhere"}, "group"),
        ({"extent": "some"}, "student_emails"),
        ({"extent": "some", "student_emails": ["no-one@example.com"]}, "student_emails"),
        ({"extent": "some", "student_emails": ["other@example.com"]}, "student_emails"),
        ({"until": "tomorrow"}, "until"),
    ],
)
def test_what_is_wrong_is_said_by_field(
    signed_in: SignedIn,
    tutor: User,
    other_student: User,
    body: dict[str, Any],
    changes: dict[str, Any],
    field: str,
) -> None:
    answer = signed_in(tutor).post(LOANS, body | changes)
    assert (answer.status_code, list(answer.json())) == (400, [field])
    assert not Loan.objects.exists()


def test_a_stranger_s_student_is_refused_as_nobody_is(
    signed_in: SignedIn, tutor: User, other_student: User, body: dict[str, Any]
) -> None:
    answers = [
        signed_in(tutor).post(LOANS, body | {"extent": "some", "student_emails": [email]}).content
        for email in ("other@example.com", "no-one@example.com")
    ]
    assert answers[0] == answers[1]


def test_only_who_lends_ends_a_loan(
    signed_in: SignedIn, tutor: User, substitute: User, loan: Loan
) -> None:
    address = f"{LOANS}/{loan.pk}"
    answers = [signed_in(who).delete(address).status_code for who in (substitute, tutor, tutor)]
    assert answers == [404, 204, 404]
    assert signed_in(substitute).get(STUDENTS).json()["students"] == []


def test_the_list_of_students_says_whose_they_are(
    signed_in: SignedIn, tutor: User, substitute: User, loan: Loan
) -> None:
    (lent,) = signed_in(substitute).get(STUDENTS).json()["students"]
    (own,) = signed_in(tutor).get(STUDENTS).json()["students"]
    until = today().isoformat()
    assert lent.pop("lent_by") == {"tutor_email": tutor.email, "tutor_name": "", "until": until}
    assert lent == own


def test_a_substitute_gives_feedback_as_long_as_the_loan_lasts(
    substitute: User, student: User, loan: Loan
) -> None:
    row = give(substitute, student)
    services.end([loan.pk])
    assert (row.tutor_email, row.from_name, row.for_tutor) == (
        *("substitute@example.com", "이서연"),
        loan.tutor,
    )
    with pytest.raises(store.NotYourStudent):
        give(substitute, student)


def test_each_tutor_sees_what_they_gave_and_the_responsible_one_all_of_it(
    signed_in: SignedIn, tutor: User, substitute: User, student: User, loan: Loan
) -> None:
    give(tutor, student, "first")
    give(substitute, student, "second")
    services.end([loan.pk])
    give(tutor, student, "third")
    own = signed_in(tutor).get(FEEDBACK, {"student_email": student.email}).json()["results"]
    theirs = signed_in(substitute).get(FEEDBACK).json()["results"]
    assert [row["message"] for row in own] == ["third", "second", "first"]
    assert [row.get("for_tutor_email") for row in own] == [None, tutor.email, None]
    assert (own[1]["from"], own[1]["from_name"]) == (substitute.email, "이서연")
    assert [(row["message"], row["for_tutor_email"]) for row in theirs] == [("second", tutor.email)]
    received = signed_in(student).get("/api/student/feedback").json()["results"]
    assert [row["from"] for row in received] == [tutor.email, substitute.email, tutor.email]
    assert not any("for_tutor_email" in row for row in received)


def test_both_kinds_are_one_list_by_the_page(
    signed_in: SignedIn, tutor: User, substitute: User, student: User, gave: Gave
) -> None:
    rows = gave(tutor, student, 70)
    lent = [row.pk for row in rows[::2]]
    Feedback.objects.filter(pk__in=lent).update(tutor=substitute, for_tutor=tutor)
    seen, before = [], None
    while True:
        page = signed_in(tutor).get(FEEDBACK, {"before": before} if before else {}).json()
        seen += [row["message"] for row in page["results"]]
        before = page["next"]
        if before is None:
            break
    assert seen == [f"number {number}" for number in reversed(range(70))]


def test_a_tutor_who_is_erased_leaves_no_name_on_what_substitutes_gave(
    signed_in: SignedIn, tutor: User, substitute: User, student: User, loan: Loan
) -> None:
    give(substitute, student)
    tutor.delete()
    (row,) = signed_in(substitute).get(FEEDBACK).json()["results"]
    assert "for_tutor_email" not in row
    assert not Loan.objects.exists()


def test_an_own_student_costs_no_query_more(
    tutor: User, student: User, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        assert charge_of(tutor.pk, student.email)
