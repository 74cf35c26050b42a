"""The database itself refuses wrong types, whatever path a change takes."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import CharField

from speaktracker.roster import sql_triggers
from speaktracker.roster.change_log import log_triggers
from speaktracker.roster.models import TutorStudent, User
from tests.roster.conftest import Person


def test_a_tutor_cannot_be_mapped_as_a_student(tutor: Person) -> None:
    one, other = tutor("one@example.com"), tutor("other@example.com")
    with pytest.raises(IntegrityError, match="joins a student and a tutor"):
        TutorStudent.objects.create(student=one, tutor=other)


def test_a_student_cannot_be_mapped_as_a_tutor(student: Person) -> None:
    one, other = student("one@example.com"), student("other@example.com")
    with pytest.raises(IntegrityError):
        TutorStudent.objects.bulk_create([TutorStudent(student=one, tutor=other)])


def test_a_mapping_cannot_be_moved_to_a_wrong_type(student: Person, tutor: Person) -> None:
    mapping = TutorStudent.objects.create(student=student(), tutor=tutor())
    with pytest.raises(IntegrityError):
        TutorStudent.objects.filter(pk=mapping.pk).update(tutor=mapping.student)


@pytest.mark.parametrize("user_type", ["tutor", None])
def test_a_mapped_student_keeps_the_type(
    student: Person, tutor: Person, user_type: str | None
) -> None:
    mapping = TutorStudent.objects.create(student=student(), tutor=tutor())
    with pytest.raises(IntegrityError, match="keeps the type"):
        User.objects.filter(pk=mapping.student_id).update(user_type=user_type)


def test_a_mapped_tutor_keeps_the_type(student: Person, tutor: Person) -> None:
    mapping = TutorStudent.objects.create(student=student(), tutor=tutor())
    with pytest.raises(IntegrityError):
        User.objects.filter(pk=mapping.tutor_id).update(user_type="student")


def test_a_person_without_a_mapping_may_change_the_type(student: Person) -> None:
    person = student()
    User.objects.filter(pk=person.pk).update(user_type="tutor")
    person.refresh_from_db()
    assert person.user_type == "tutor"


def test_other_fields_of_a_mapped_person_change_freely(student: Person, tutor: Person) -> None:
    mapping = TutorStudent.objects.create(student=student(), tutor=tutor())
    mapping.student.name = "김서연"
    mapping.student.save()
    mapping.save()


def test_raw_sql_is_refused_as_well(student: Person, tutor: Person) -> None:
    mapping = TutorStudent.objects.create(student=student(), tutor=tutor())
    change = "UPDATE roster_tutorstudent SET tutor_id = student_id WHERE id = %s"
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change, [mapping.pk])


def test_the_model_refuses_wrong_types_in_words(student: Person, tutor: Person) -> None:
    with pytest.raises(ValidationError) as refused:
        TutorStudent(student=tutor(), tutor=student()).full_clean()
    assert set(refused.value.message_dict) >= {"student", "tutor"}


def standing_triggers() -> set[str]:
    catalogue = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(catalogue)
        return {name for (name,) in cursor.fetchall()}


@pytest.mark.django_db
def test_the_migrations_leave_every_trigger_standing() -> None:
    assert standing_triggers() >= sql_triggers.NAMES.keys()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("model", [User, TutorStudent])
def test_a_later_migration_can_take_the_triggers_away_and_put_them_back(model: type) -> None:
    column = CharField(max_length=3, default="")
    column.set_attributes_from_name("later")
    with connection.constraint_checks_disabled(), connection.schema_editor() as editor:
        log_triggers.drop(None, editor)
        sql_triggers.drop(None, editor)
        editor.add_field(model, column)
        editor.remove_field(model, column)
        sql_triggers.create(None, editor)
        log_triggers.create(None, editor)
    assert standing_triggers() >= sql_triggers.NAMES.keys()


@pytest.mark.django_db(transaction=True)
def test_a_mapping_and_a_change_of_type_at_once_cannot_both_pass(
    student: Person, tutor: Person
) -> None:
    one, teacher = student(), tutor()
    with ThreadPoolExecutor(1) as other, transaction.atomic():
        TutorStudent.objects.create(student=one, tutor=teacher)
        started = Event()
        outcome = other.submit(becomes_a_tutor, one.pk, started)
        assert started.wait(30)
        with pytest.raises(TimeoutError):  # it waits for us, until the block ends
            outcome.result(0.3)
    assert outcome.result(30) == "refused"


def becomes_a_tutor(user_id: int, started: Event) -> str:
    try:
        started.set()
        User.objects.filter(pk=user_id).update(user_type="tutor")
    except IntegrityError:
        return "refused"
    finally:
        connection.close()
    return "changed"
