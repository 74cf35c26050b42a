"""Who teaches whom: every change is logged and told, whatever path it takes."""

from contextlib import suppress

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from speaktracker.roster import selectors, services
from speaktracker.roster.models import TutorStudent, User
from speaktracker.roster.signals import mapping_changed
from tests.roster.conftest import Announced, Does, Mapped, Person, mappings_logged


def test_assigning_a_tutor_is_logged_and_told(
    student: Person, tutor: Person, announced: Announced, does: Does
) -> None:
    one, before = student(), mappings_logged()
    does(lambda: services.assign_tutor(one, tutor()))
    assert selectors.tutors_of([one.pk]).get(one.pk) == User.objects.get(email="tutor@example.com")
    assert mappings_logged() == before + 1
    assert announced.signals == [("mapping", [one.pk])]


def test_assigning_the_same_tutor_again_changes_nothing(
    mapped: Mapped, announced: Announced, does: Does
) -> None:
    mapping = mapped()
    before = mappings_logged()
    announced.signals.clear()
    does(lambda: services.assign_tutor(mapping.student, mapping.tutor))
    assert (mappings_logged(), announced.signals) == (before, [])


def test_assigning_moves_a_student_to_another_tutor(student: Person, tutor: Person) -> None:
    one, first, second = student(), tutor("a@example.com"), tutor("b@example.com")
    services.assign_tutor(one, first)
    services.assign_tutor(one, second)
    assert list(selectors.students_of(second.pk)) == [one]
    assert not selectors.students_of(first.pk).exists()


def test_a_wrong_type_is_refused_in_words(student: Person, tutor: Person) -> None:
    with pytest.raises(ValidationError):
        services.assign_tutor(tutor(), student())


def test_many_are_assigned_with_one_signal(
    student: Person, mapped: Mapped, announced: Announced, does: Does
) -> None:
    teacher = mapped().tutor
    ids = [student(f"s{n}@example.com").pk for n in range(5)]
    before = mappings_logged()
    announced.signals.clear()
    does(lambda: services.assign_many(dict.fromkeys(ids, teacher.pk)))
    assert (mappings_logged(), announced.signals) == (before + 5, [("mapping", ids)])
    assert selectors.tutor_ids_of(ids) == dict.fromkeys(ids, teacher.pk)


def test_many_moves_do_not_cost_a_query_each(
    student: Person, tutor: Person, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    ids, teacher = [student(f"s{n}@example.com").pk for n in range(60)], tutor()
    with django_assert_max_num_queries(12):
        services.assign_many(dict.fromkeys(ids, teacher.pk))


@pytest.mark.parametrize("wrong_way", [True, False])
def test_many_with_one_wrong_type_are_refused_whole(
    student: Person, tutor: Person, wrong_way: bool
) -> None:
    one, other, teacher = student(), student("other@example.com"), tutor()
    wrong = {teacher.pk: teacher.pk} if wrong_way else {other.pk: other.pk}
    with pytest.raises(ValidationError, match=str(next(iter(wrong)))):
        services.assign_many({one.pk: teacher.pk, **wrong})
    assert not TutorStudent.objects.exists()


def test_unassigning_is_logged_and_told(mapped: Mapped, announced: Announced, does: Does) -> None:
    one = mapped().student
    before = mappings_logged()
    announced.signals.clear()
    does(lambda: services.unassign(one))
    assert selectors.tutors_of([one.pk]).get(one.pk) is None
    assert (mappings_logged(), announced.signals) == (before + 1, [("mapping", [one.pk])])


def test_unassigning_a_student_without_a_tutor_changes_nothing(student: Person) -> None:
    assert services.unassign(student()) is False


def fails_after_assigning(one: User, teacher: User) -> None:
    with suppress(IntegrityError), transaction.atomic():
        services.assign_tutor(one, teacher)
        TutorStudent.objects.create(student=one, tutor=teacher)


def test_what_is_rolled_back_is_neither_logged_nor_told(
    student: Person, tutor: Person, announced: Announced, does: Does
) -> None:
    one, teacher, before = student(), tutor(), mappings_logged()
    does(lambda: fails_after_assigning(one, teacher))
    assert (mappings_logged(), announced.signals) == (before, [])


def test_a_change_after_a_rolled_back_one_is_told(
    student: Person, tutor: Person, announced: Announced, does: Does
) -> None:
    one, two, teacher = student(), student("two@example.com"), tutor()

    def fail_then_succeed() -> None:
        fails_after_assigning(one, teacher)
        services.assign_tutor(two, teacher)

    does(fail_then_succeed)
    assert announced.signals == [("mapping", [two.pk])]


@pytest.mark.django_db(transaction=True)
def test_the_signal_comes_after_the_commit(student: Person, tutor: Person) -> None:
    one, teacher, open_transactions = student(), tutor(), []

    def listen(student_ids: list[int], **_: object) -> None:
        open_transactions.append(transaction.get_connection().in_atomic_block)

    mapping_changed.connect(listen)
    try:
        TutorStudent.objects.create(student=one, tutor=teacher)
    finally:
        mapping_changed.disconnect(listen)
    assert open_transactions == [False]


@pytest.mark.django_db(transaction=True)
def test_a_listener_that_fails_does_not_undo_the_change(student: Person, tutor: Person) -> None:
    one, teacher = student(), tutor()

    def fail(**_: object) -> None:
        raise RuntimeError("a listener's bug")

    mapping_changed.connect(fail)
    try:
        services.assign_tutor(one, teacher)
    finally:
        mapping_changed.disconnect(fail)
    assert selectors.tutors_of([one.pk]).get(one.pk) == teacher
