"""The change log: every change is written down, whatever path it takes, and read once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from speaktracker.clock import now
from speaktracker.roster.change_log import log_triggers, selectors, services
from speaktracker.roster.change_log.selectors import Changes, changes_since
from speaktracker.roster.models import RosterChange, TutorStudent, User
from tests.roster.conftest import Mapped, Person
from tests.roster.test_triggers import standing_triggers

Path = Callable[[User, str, Any], object]
CREDENTIALS = [
    ("password", "another"),
    ("is_active", False),
    ("user_type", None),
    ("is_staff", True),
    ("is_superuser", True),
]


def run_sql(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def save(person: User, field: str, value: Any) -> None:
    setattr(person, field, value)
    person.save()


def save_in_bulk(person: User, field: str, value: Any) -> None:
    setattr(person, field, value)
    User.objects.bulk_update([person], [field])


PATHS: dict[str, Path] = {
    "save": save,
    "bulk update": save_in_bulk,
    "update": lambda one, field, value: User.objects.filter(pk=one.pk).update(**{field: value}),
    "sql": lambda one, field, value: run_sql(
        f"UPDATE roster_user SET {field} = %s WHERE id = %s",
        value,
        one.pk,
    ),
}


@pytest.fixture(params=PATHS, ids=lambda name: name)
def path(request: pytest.FixtureRequest) -> Path:
    """A way to change one field of a person."""
    return PATHS[request.param]


def position() -> str:
    return changes_since(None).position


def logged(since: str) -> Changes:
    """Read the log from `since`; a test's transaction is open, so rows are read by their ids."""
    return selectors._since_id(int(since))


@pytest.fixture
def since(db: None) -> Callable[[], str]:
    return lambda: selectors._since_id(None).position


@pytest.mark.parametrize(("field", "value"), CREDENTIALS)
def test_changed_credentials_raise_the_version_by_one(
    student: Person, path: Path, field: str, value: Any, since: Callable[[], str]
) -> None:
    one, before = student(), since()
    path(one, field, value)
    one.refresh_from_db()
    assert one.credentials_version == 1
    assert one.credentials_changed_at is not None
    assert abs(one.credentials_changed_at - now()) < timedelta(minutes=1)
    assert logged(before).people == {one.pk}


@pytest.mark.parametrize(("field", "value"), [("name", "김하늘"), ("email", "new@example.com")])
def test_a_new_name_is_logged_and_raises_nothing(
    student: Person, path: Path, field: str, value: Any, since: Callable[[], str]
) -> None:
    one, before = student(), since()
    path(one, field, value)
    one.refresh_from_db()
    assert (one.credentials_version, one.credentials_changed_at) == (0, None)
    assert logged(before).people == {one.pk}


def test_what_stays_as_it_was_is_not_logged(
    student: Person, path: Path, since: Callable[[], str]
) -> None:
    one, before = student(), since()
    path(one, "is_active", True)
    path(one, "last_login", timezone.now())
    assert not logged(before)


def test_a_stale_instance_never_lowers_the_version(student: Person) -> None:
    one = student()
    stale = User.objects.get(pk=one.pk)
    User.objects.filter(pk=one.pk).update(password="another")
    stale.password = "another"
    stale.name = "stale"
    stale.save()
    run_sql("UPDATE roster_user SET credentials_version = 0 WHERE id = %s", one.pk)
    one.refresh_from_db()
    assert (one.credentials_version, one.name) == (1, "stale")
    assert one.credentials_changed_at == stale.credentials_changed_at is not None


def test_a_raise_says_when(student: Person, since: Callable[[], str]) -> None:
    one, before = student(), since()
    User.objects.filter(pk=one.pk).update(credentials_version=F("credentials_version") + 1)
    one.refresh_from_db()
    assert one.credentials_version == 1
    assert one.credentials_changed_at is not None
    assert logged(before).people == {one.pk}


def test_an_instance_knows_its_version_after_a_save(student: Person) -> None:
    one = student()
    one.set_password("a new one")
    one.save(update_fields=["password"])
    assert one.credentials_version == 1


@pytest.mark.parametrize(
    "delete",
    [
        lambda one: one.delete(),
        lambda one: User.objects.filter(pk=one.pk).delete(),
        lambda one: run_sql("DELETE FROM roster_user WHERE id = %s", one.pk),
    ],
)
def test_a_deleted_person_is_logged(
    student: Person, since: Callable[[], str], delete: Callable[[User], object]
) -> None:
    one, before = student(), since()
    pk = one.pk
    delete(one)
    assert logged(before).people == {pk}


@pytest.mark.parametrize(
    "change",
    [
        lambda one, other: TutorStudent.objects.filter(pk=one.pk).update(tutor=other),
        lambda one, other: run_sql("UPDATE roster_tutorstudent SET tutor_id = %s", other.pk),
        lambda one, other: one.delete(),
        lambda one, other: run_sql("DELETE FROM roster_tutorstudent"),
    ],
)
def test_a_changed_mapping_names_its_student(
    mapped: Mapped,
    tutor: Person,
    since: Callable[[], str],
    change: Callable[[TutorStudent, User], object],
) -> None:
    mapping, other, before = mapped(), tutor("other@example.com"), since()
    change(mapping, other)
    assert logged(before).students == {mapping.student_id}


def test_a_mapping_that_goes_over_to_another_student_names_both(
    mapped: Mapped, student: Person, since: Callable[[], str]
) -> None:
    mapping, two, before = mapped(), student("two@example.com"), since()
    run_sql("UPDATE roster_tutorstudent SET student_id = %s", two.pk)
    assert logged(before).students == {mapping.student_id, two.pk}


def test_a_mapping_that_is_saved_as_it_was_is_not_logged(
    mapped: Mapped, since: Callable[[], str]
) -> None:
    mapping, before = mapped(), since()
    mapping.save()
    assert not logged(before)


def a_session(expires: timedelta) -> str:
    session = SessionStore()
    session.create()
    key = str(session.session_key)
    Session.objects.filter(pk=key).update(expire_date=timezone.now() + expires)
    return key


@pytest.mark.parametrize(
    "end",
    [
        lambda key: SessionStore(key).flush(),
        lambda key: Session.objects.filter(pk=key).delete(),
        lambda key: run_sql("DELETE FROM django_session"),
    ],
)
def test_a_session_that_ends_is_logged_but_not_one_that_had_expired(
    since: Callable[[], str], end: Callable[[str], object]
) -> None:
    key = a_session(timedelta(hours=1))
    a_session(-timedelta(hours=1))
    before = since()
    end(key)
    assert logged(before).sessions == {key}


@pytest.mark.parametrize(("seconds", "is_logged"), [(-3601, True), (-60, True), (60, False)])
def test_a_session_that_is_cut_short_is_logged_but_not_one_that_lasts_longer(
    since: Callable[[], str], seconds: int, is_logged: bool
) -> None:
    key = a_session(timedelta(hours=1))
    before, end = since(), timezone.now() + timedelta(hours=1, seconds=seconds)
    Session.objects.filter(pk=key).update(expire_date=end)
    assert logged(before).sessions == ({key} if is_logged else set())


@pytest.mark.django_db
def test_the_migrations_leave_every_trigger_of_the_log_standing() -> None:
    made = log_triggers.SQLITE if connection.vendor == "sqlite" else log_triggers.POSTGRESQL
    names = {name for name in log_triggers.NAMES if f"CREATE TRIGGER {name} " in "".join(made)}
    assert len(names) >= 6
    assert standing_triggers() >= names


@pytest.mark.django_db(transaction=True)
def test_each_change_is_read_once(student: Person) -> None:
    one, two = student(), student("two@example.com")
    first = changes_since(position())
    assert not first
    User.objects.filter(pk=one.pk).update(name="one")
    second = changes_since(first.position)
    User.objects.filter(pk=two.pk).update(name="two")
    third = changes_since(second.position)
    assert [set(second.people), set(third.people)] == [{one.pk}, {two.pk}]
    assert not changes_since(third.position)


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_is_never_read(student: Person) -> None:
    one, before = student(), position()
    with transaction.atomic():
        User.objects.filter(pk=one.pk).update(name="one")
        transaction.set_rollback(True)
    assert not changes_since(before)


@pytest.mark.django_db(transaction=True)
def test_too_many_changes_are_everything(monkeypatch: pytest.MonkeyPatch, student: Person) -> None:
    people, before = [student(f"s{n}@example.com") for n in range(3)], position()
    monkeypatch.setattr(selectors, "MOST_CHANGES", 2)
    User.objects.update(name="same")
    found = changes_since(before)
    assert (found.everything, found.people) == (True, frozenset())
    assert len(people) == 3
    assert not changes_since(found.position)


def test_old_changes_are_purged_in_batches(
    student: Person, since: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, before = student(), since()
    for number in range(5):
        User.objects.filter(pk=one.pk).update(name=str(number))
    kept = RosterChange.objects.latest("pk")
    earlier = now() - services.LIFETIME - timedelta(seconds=1)
    RosterChange.objects.exclude(pk=kept.pk).update(at=earlier)
    monkeypatch.setattr(services, "PURGE_ROWS", 3)
    assert services.purge_change_log() == 3
    while services.purge_change_log():
        pass
    assert list(RosterChange.objects.values_list("pk", flat=True)) == [kept.pk]
    assert logged(before).people == {one.pk}
