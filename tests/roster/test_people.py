"""Addresses are compared whatever their case, and hold no `#`."""

import pytest
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.test.client import Client

from speaktracker.roster import references, services
from speaktracker.roster.models import User
from tests.roster.conftest import Person

LOGIN = "/admin/login/?next=/admin/"


def test_an_address_is_stored_in_lower_case(student: Person) -> None:
    assert student(" Student@Example.COM ").email == "student@example.com"


def test_the_same_address_in_another_case_is_taken(student: Person) -> None:
    student("one@example.com")
    with pytest.raises(IntegrityError):
        student("ONE@example.com")


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["Upper@example.com", "a#b@example.com"])
def test_the_database_refuses_what_the_model_would_not_store(address: str) -> None:
    User.objects.create(email="lower@example.com")
    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute("UPDATE roster_user SET email = %s", [address])


@pytest.mark.django_db
def test_an_address_with_a_hash_is_refused_in_words() -> None:
    with pytest.raises(ValidationError) as refused:
        User(email="a#b@example.com", password="x").full_clean()
    assert "email" in refused.value.message_dict


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["staff@example.com", "STAFF@Example.Com"])
def test_staff_sign_in_with_the_address_in_any_case(
    client: Client, staff: User, address: str
) -> None:
    answer = client.post(LOGIN, {"username": address, "password": "a long password"})
    assert (answer.status_code, client.session["_auth_user_id"]) == (302, str(staff.pk))


@pytest.mark.parametrize("address", ["STAFF@example.com", "staff@example.com", "no@example.com"])
def test_a_refused_sign_in_hashes_once_whoever_is_asked_for(
    staff: User, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.contrib.auth.hashers import MD5PasswordHasher

    hashed: list[str] = []
    encode = MD5PasswordHasher.encode

    def counted(self: MD5PasswordHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    assert authenticate(username=address, password="wrong") is None
    assert hashed == ["wrong"]


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    people: set[int] = set()
    monkeypatch.setattr(references, "_checks", [])
    references.refers_to_people(people.__contains__)
    return people


def test_the_address_of_a_person_with_records_stays(student: Person, recorded: set[int]) -> None:
    one = student()
    recorded.add(one.pk)
    one.email = "new@example.com"
    with pytest.raises(ValidationError) as refused:
        one.full_clean()
    assert list(refused.value.message_dict) == ["email"]


def test_the_type_of_a_mapped_person_stays_but_not_the_address(
    student: Person, tutor: Person, recorded: set[int]
) -> None:
    one = student()
    services.assign_tutor(one, tutor())
    one.email, one.user_type = "new@example.com", "tutor"
    with pytest.raises(ValidationError) as refused:
        one.full_clean()
    assert list(refused.value.message_dict) == ["user_type"]


def test_a_person_without_records_may_be_corrected(student: Person, recorded: set[int]) -> None:
    one = student()
    one.email, one.user_type = "new@example.com", "tutor"
    one.clean()


def test_a_check_is_asked_once_however_often_it_is_registered(recorded: set[int]) -> None:
    asked: list[int] = []

    def check(user_id: int) -> bool:
        asked.append(user_id)
        return False

    references.refers_to_people(check)
    references.refers_to_people(check)
    assert references.has_records(7) is False
    assert asked == [7]
