"""seed_demo and issue_token."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from speaktracker.auth import tokens
from speaktracker.roster import selectors
from speaktracker.roster.models import TutorStudent, User
from tests.roster.conftest import Person


def seed(*words: str) -> str:
    out = StringIO()
    call_command("seed_demo", *words, stdout=out, stderr=out)
    return out.getvalue()


def state() -> list[tuple[object, ...]]:
    people = User.objects.values_list("pk", "email", "name", "user_type", "password")
    mappings = TutorStudent.objects.values_list("student_id", "tutor_id", "changed_at")
    return [*people.order_by("pk"), *mappings.order_by("student_id")]


@pytest.mark.django_db
def test_the_demo_has_tutors_students_round_robin_and_an_admin() -> None:
    seed()
    tutors = {m.student.email: m.tutor.email for m in TutorStudent.objects.all()}
    assert len(tutors) == 12
    assert tutors["student1@example.com"] == "tutor1@example.com"
    assert tutors["student5@example.com"] == "tutor2@example.com"
    admin = User.objects.get(email="admin@example.com")
    assert admin.is_superuser
    assert all(person.check_password("demo-password") for person in User.objects.all())


@pytest.mark.django_db
def test_the_demo_has_korean_and_english_names() -> None:
    seed()
    names = list(User.objects.filter(user_type="student").values_list("name", flat=True))
    assert any(re.fullmatch("[가-힣]+", name) for name in names)
    assert any(name.isascii() for name in names)


@pytest.mark.django_db
def test_seeding_twice_changes_nothing() -> None:
    seed()
    before = state()
    assert "nothing was changed" in seed()
    assert state() == before


@pytest.mark.django_db
def test_higher_numbers_add_and_leave_the_rest_as_it_is() -> None:
    seed("--tutors=2", "--students=4")
    before = state()
    seed("--tutors=3", "--students=6")
    assert set(before) <= set(state())
    added = User.objects.get(email="student6@example.com")
    assert str(selectors.tutors_of([added.pk]).get(added.pk)).endswith("<tutor3@example.com>")


@pytest.mark.django_db
def test_seeding_shows_progress_when_many() -> None:
    assert "1,000 of 1,200 people added" in seed("--students=1200")


@pytest.mark.django_db
@pytest.mark.parametrize("words", [["--tutors=0"], ["--students=-1"]])
def test_impossible_numbers_are_refused(words: list[str]) -> None:
    with pytest.raises(CommandError, match="at least"):
        seed(*words)


def test_a_taken_demo_address_is_named(student: Person) -> None:
    student("tutor1@example.com")
    with pytest.raises(CommandError, match=r"tutor1@example\.com exists already"):
        seed()
    assert User.objects.count() == 1


def test_a_public_server_is_warned(db: None, settings: object) -> None:
    settings.PUBLIC_URL = "https://class.example.com"  # type: ignore[attr-defined]
    assert "Warning" in seed()


def test_the_token_is_the_last_line_and_is_accepted(student: Person) -> None:
    one, out = student(), StringIO()
    call_command("issue_token", "STUDENT@example.com", stdout=out)
    token = out.getvalue().splitlines()[-1]
    assert tokens.verify(token).user_id == one.pk


@pytest.mark.django_db
def test_an_unknown_address_gets_no_token() -> None:
    with pytest.raises(CommandError, match=r"Nobody has the address no@example\.com"):
        call_command("issue_token", "no@example.com")


def test_a_deactivated_person_gets_no_token(student: Person) -> None:
    student(is_active=False)
    with pytest.raises(CommandError, match="deactivated"):
        call_command("issue_token", "student@example.com")
