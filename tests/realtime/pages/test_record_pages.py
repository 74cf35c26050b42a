"""The classroom's records in the admin: nobody deletes them by hand, they go with their person."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from realtime.models import Presence
from speaktracker.roster.models import User, UserType

PEOPLE = "/admin/roster/user/"


@pytest.fixture
def clerk(client: Client, db: None) -> Client:
    """A page of staff who may delete people, and nothing else."""
    person = User.objects.create_user("clerk@example.com", "x", is_staff=True)
    person.user_permissions.set(
        Permission.objects.filter(codename__in=("view_user", "delete_user", "view_presence"))
    )
    client.force_login(person)
    return client


@pytest.fixture
def student(db: None) -> User:
    """A student who has been in class."""
    student = User.objects.create_user("student@example.com", None, user_type=UserType.STUDENT)
    Presence.objects.create(student=student)
    return student


def test_records_go_with_the_person_they_are_of(clerk: Client, student: User) -> None:
    answer = clerk.post(f"{PEOPLE}{student.pk}/delete/", {"post": "yes"})
    assert answer.status_code == 302
    assert not Presence.objects.exists()


def test_records_go_with_the_people_chosen_in_the_list(clerk: Client, student: User) -> None:
    chosen = {"action": "delete_selected", "_selected_action": [student.pk]}
    assert "Cannot delete" not in clerk.post(f"{PEOPLE}?lang=en", chosen).content.decode()
    clerk.post(PEOPLE, {**chosen, "post": "yes"})
    assert not Presence.objects.exists()


def test_a_record_is_not_deleted_by_hand(clerk: Client, student: User) -> None:
    assert clerk.post(f"/admin/realtime/presence/{student.pk}/delete/").status_code == 403


def test_the_text_of_an_address_gives_no_permission(clerk: Client, student: User) -> None:
    disguised = "/admin/realtime/presence/roster/user/1/delete/"
    assert clerk.post(disguised, {"post": "yes"}).status_code == 403
