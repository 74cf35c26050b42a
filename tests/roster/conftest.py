"""People for the roster's tests, and an ear for what the roster announces."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from speaktracker.roster.models import User, UserType
from speaktracker.roster.signals import mapping_changed, people_changed

Person = Callable[..., User]


@pytest.fixture
def student(db: None) -> Person:
    def make(address: str = "student@example.com", **fields: object) -> User:
        return User.objects.create_user(address, None, user_type=UserType.STUDENT, **fields)

    return make


@pytest.fixture
def tutor(db: None) -> Person:
    def make(address: str = "tutor@example.com", **fields: object) -> User:
        return User.objects.create_user(address, None, user_type=UserType.TUTOR, **fields)

    return make


@pytest.fixture
def staff(db: None) -> User:
    return User.objects.create_superuser("staff@example.com", "a long password")


@pytest.fixture
def admin_page(client: Client, staff: User) -> Client:
    client.force_login(staff)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


class Ear:
    """What was announced, in order: (name, ids)."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, list[int]]] = []

    def mapping(self, student_ids: list[int], **_: object) -> None:
        self.heard.append(("mapping", student_ids))

    def people(self, user_ids: list[int], **_: object) -> None:
        self.heard.append(("people", user_ids))


@pytest.fixture
def ear(django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Iterator[Ear]:
    ear = Ear()
    mapping_changed.connect(ear.mapping)
    people_changed.connect(ear.people)
    yield ear
    mapping_changed.disconnect(ear.mapping)
    people_changed.disconnect(ear.people)
