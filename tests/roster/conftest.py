"""People for the roster's tests, and a record of what the roster announces."""

from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from speaktracker.roster import services
from speaktracker.roster.models import RosterChange, TutorStudent, User, UserType
from speaktracker.roster.signals import mapping_changed, people_changed
from tests.roster.school_calendar import day_is  # noqa: F401 - a fixture

Person = Callable[..., User]
Does = Callable[[Callable[[], object]], None]
Mapped = Callable[..., TutorStudent]
Import = Callable[..., str]


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


def mappings_logged() -> int:
    """Count what the change log has of mappings."""
    return RosterChange.objects.filter(kind=RosterChange.MAPPING).count()


class Announced:
    """What was announced, in order: (name, ids)."""

    def __init__(self) -> None:
        self.signals: list[tuple[str, list[int]]] = []

    def mapping(self, student_ids: list[int], **_: object) -> None:
        self.signals.append(("mapping", student_ids))

    def people(self, user_ids: list[int], **_: object) -> None:
        self.signals.append(("people", user_ids))


@pytest.fixture
def does(django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Does:
    """Make a change, and do what waits for its commit."""

    def run(change: Callable[[], object]) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            change()

    return run


@pytest.fixture
def mapped(student: Person, tutor: Person, does: Does) -> Mapped:
    """Map a student to a tutor, both made here; the change is told of already."""

    def make(
        address: str = "student@example.com", teacher: str = "tutor@example.com"
    ) -> TutorStudent:
        found = User.objects.filter(email=teacher).first() or tutor(teacher)
        one = student(address)
        does(lambda: services.assign_tutor(one, found))
        return TutorStudent.objects.select_related("student", "tutor").get(student=one)

    return make


@pytest.fixture
def announced() -> Iterator[Announced]:
    announced = Announced()
    mapping_changed.connect(announced.mapping)
    people_changed.connect(announced.people)
    yield announced
    mapping_changed.disconnect(announced.mapping)
    people_changed.disconnect(announced.people)


@pytest.fixture
def import_people(tmp_path: Path, db: None) -> Import:
    """Import a file; answer all that was said, errors too."""

    def run(data: str | bytes, *arguments: str) -> str:
        file, out, err = tmp_path / "people.csv", StringIO(), StringIO()
        file.write_bytes(data if isinstance(data, bytes) else data.encode())
        try:
            call_command("import_people", str(file), *arguments, stdout=out, stderr=err)
        except CommandError as error:
            err.write(str(error))
        return out.getvalue() + err.getvalue()

    return run


def everybody() -> dict[str, Any]:
    """Read who is there: name, type, language, tutor and group of each, by address."""
    columns = ("name", "user_type", "language", "mapping__tutor__email", "mapping__group")
    return {email: told for email, *told in User.objects.values_list("email", *columns)}
