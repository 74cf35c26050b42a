"""Loans in the admin."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client

from speaktracker.roster.admin.people_search import MOST_LOOKED_AT
from speaktracker.roster.loans.models import Loan
from speaktracker.roster.models import TutorStudent, User
from tests.roster.conftest import Mapped, Person
from tests.roster.school_calendar import FRIDAY, MONDAY, SATURDAY, DayIs

pytestmark = pytest.mark.usefixtures("day_is")
LOANS, PEOPLE = "/admin/roster/loan/", "/admin/roster/user/"


@pytest.fixture
def mapping(mapped: Mapped) -> TutorStudent:
    return mapped()


@pytest.fixture
def form(mapping: TutorStudent, tutor: Person) -> dict[str, Any]:
    """A loan of all students of tutor@example.com, this week."""
    substitute = tutor("substitute@example.com", name="이서연")
    return {
        "tutor": mapping.tutor_id,
        "substitute": substitute.pk,
        "first_day": MONDAY.isoformat(),
        "last_day": FRIDAY.isoformat(),
        "extent": "all",
        "group": "",
    }


def faults(page: Any) -> dict[str, Any]:
    return dict(page.context["adminform"].form.errors)


def test_staff_lend_a_tutor_s_students(admin_page: Client, form: dict[str, Any]) -> None:
    answer = admin_page.post(f"{LOANS}add/", form)
    assert answer.status_code == 302
    loan = Loan.objects.get()
    assert (loan.tutor_id, loan.substitute_id) == (form["tutor"], form["substitute"])
    assert "in force" in admin_page.get(LOANS, {"state": "in_force"}).content.decode()
    assert LogEntry.objects.get().object_id == str(loan.pk)


def test_a_loan_is_found_by_either_tutor_though_many_students_are_called_so(
    admin_page: Client, form: dict[str, Any]
) -> None:
    admin_page.post(f"{LOANS}add/", form)
    namesakes = [
        User(email=f"a{number}@example.com", name="이서연", user_type="student")
        for number in range(MOST_LOOKED_AT)
    ]
    User.objects.bulk_create(namesakes)
    for called in ("tutor@", "substitute@", "이서연", "example.com", "서연"):
        assert len(admin_page.get(LOANS, {"q": called}).context["cl"].result_list) == 1, called
    for called in ("a1@", "student@", "nobody"):
        assert not admin_page.get(LOANS, {"q": called}).context["cl"].result_list, called


def test_staff_lend_some_of_them(
    admin_page: Client, form: dict[str, Any], mapping: TutorStudent
) -> None:
    admin_page.post(f"{LOANS}add/", {**form, "extent": "some", "chosen": [mapping.student_id]})
    assert [student.pk for student in Loan.objects.get().chosen.all()] == [mapping.student_id]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"extent": "some"}, "chosen"),
        ({"extent": "group", "group": "9Z"}, "group"),
        ({"first_day": "2026-03-01"}, "first_day"),
        ({"last_day": ""}, "last_day"),
    ],
)
def test_a_form_that_makes_no_sense_says_so_beside_the_field(
    admin_page: Client, form: dict[str, Any], changes: dict[str, Any], field: str
) -> None:
    page = admin_page.post(f"{LOANS}add/", form | changes)
    assert list(faults(page)) == [field]


def test_only_the_last_day_of_a_loan_is_moved(
    admin_page: Client, form: dict[str, Any], day_is: DayIs
) -> None:
    admin_page.post(f"{LOANS}add/", form)
    page = f"{LOANS}{Loan.objects.get().pk}/change/"
    admin_page.post(page, {**form, "first_day": "2027-01-01", "last_day": SATURDAY.isoformat()})
    loan = Loan.objects.get()
    assert (loan.first_day, loan.last_day) == (MONDAY, SATURDAY)
    day_is(SATURDAY + timedelta(days=1))
    admin_page.post(page, {"last_day": date(2027, 1, 1).isoformat()})
    assert Loan.objects.get().last_day == SATURDAY


def test_staff_end_a_loan(admin_page: Client, form: dict[str, Any]) -> None:
    admin_page.post(f"{LOANS}add/", form)
    loan = Loan.objects.get()
    chosen = {"action": "end_loans", "_selected_action": [str(loan.pk)], "index": "0"}
    page = admin_page.post(LOANS, chosen, follow=True)
    assert "1 loan was ended." in page.content.decode()
    assert Loan.objects.get().ended_at is not None


@pytest.fixture
def clerk(client: Client, db: None) -> Client:
    """A member of staff who may do nothing but lend."""
    somebody = User.objects.create_user("clerk@example.com", None, is_staff=True)
    somebody.user_permissions.set(Permission.objects.filter(codename__endswith="_loan"))
    client.force_login(somebody)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


@pytest.mark.parametrize("who", ["tutor", "substitute", "student"])
def test_nobody_lends_from_or_to_or_whom_they_may_not_change(
    clerk: Client, form: dict[str, Any], mapping: TutorStudent, who: str
) -> None:
    above = {**form, "student": mapping.student_id}[who]
    User.objects.filter(pk=above).update(is_superuser=True)
    page = clerk.post(f"{LOANS}add/", form)
    assert "Ask such a person, or a superuser." in page.content.decode()
    assert not Loan.objects.exists()


def test_nobody_ends_a_loan_of_who_is_above_them(clerk: Client, form: dict[str, Any]) -> None:
    loan = Loan.objects.create(
        tutor_id=form["tutor"],
        substitute_id=form["substitute"],
        first_day=MONDAY,
        last_day=FRIDAY,
    )
    User.objects.filter(pk=form["tutor"]).update(is_superuser=True)
    chosen = {"action": "end_loans", "_selected_action": [str(loan.pk)], "index": "0"}
    clerk.post(LOANS, chosen)
    page = clerk.post(f"{LOANS}{loan.pk}/change/", {"last_day": MONDAY.isoformat()})
    loan.refresh_from_db()
    assert (loan.ended_at, loan.last_day, page.status_code) == (None, FRIDAY, 403)


def test_a_tutor_with_a_loan_is_deleted_with_it(admin_page: Client, form: dict[str, Any]) -> None:
    admin_page.post(f"{LOANS}add/", form)
    page = f"{PEOPLE}{form['substitute']}/delete/"
    assert "2026-03-02 – 2026-03-06" in admin_page.get(page).content.decode()
    admin_page.post(page, {"post": "yes"})
    assert not Loan.objects.exists()
