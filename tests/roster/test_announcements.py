"""Changes made straight through the ORM are told like those of the services."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, transaction

from speaktracker.roster import announcements
from speaktracker.roster.models import TutorStudent, User
from tests.roster.conftest import Announced, Does, Mapped, Person, mappings_logged

Change = Callable[[TutorStudent, User], object]


def moved(mapping: TutorStudent, other: User) -> None:
    mapping.tutor = other
    mapping.save()


@pytest.mark.parametrize(
    "change",
    [
        moved,
        lambda mapping, other: TutorStudent.objects.filter(pk=mapping.pk).update(tutor=other),
        lambda mapping, other: mapping.tutor.mappings.update(tutor=other),
        lambda mapping, other: mapping.delete(),
        lambda mapping, other: TutorStudent.objects.all().delete(),
    ],
)
def test_a_changed_mapping_is_logged_and_told(
    mapped: Mapped, tutor: Person, announced: Announced, does: Does, change: Change
) -> None:
    mapping, other = mapped(), tutor("other@example.com")
    student_id, before = mapping.student_id, mappings_logged()
    announced.signals.clear()
    does(lambda: change(mapping, other))
    assert announced.signals == [("mapping", [student_id])]
    assert mappings_logged() == before + 1


def test_a_mapping_that_names_another_student_tells_of_both(
    mapped: Mapped, student: Person, announced: Announced, does: Does
) -> None:
    mapping = mapped()
    one, two = mapping.student, student("two@example.com")
    mapping.student = two
    announced.signals.clear()
    does(mapping.save)
    assert announced.signals == [("mapping", [one.pk, two.pk])]


def test_deleting_a_tutor_tells_of_the_students_and_the_tutor(
    mapped: Mapped, announced: Announced, does: Does
) -> None:
    mappings = [mapped(f"s{n}@example.com") for n in range(3)]
    teacher, before = mappings[0].tutor, mappings_logged()
    teacher_id = teacher.pk
    announced.signals.clear()
    does(teacher.delete)
    told = [("mapping", [mapping.student_id for mapping in mappings]), ("people", [teacher_id])]
    assert announced.signals == told
    assert mappings_logged() == before + len(mappings)


@pytest.mark.parametrize(
    "field", [{"is_active": False}, {"is_staff": True}, {"user_type": None}, {"name": "이민준"}]
)
@pytest.mark.parametrize("in_bulk", [True, False])
def test_a_person_who_changes_is_told_of(
    student: Person, announced: Announced, does: Does, field: dict[str, object], in_bulk: bool
) -> None:
    one = student()
    vars(one).update(field)
    does(lambda: User.objects.filter(pk=one.pk).update(**field) if in_bulk else one.save())
    assert announced.signals == [("people", [one.pk])]


def test_signing_in_or_saving_unchanged_is_not_told(
    student: Person, announced: Announced, does: Does
) -> None:
    one = student()
    does(one.save)
    does(lambda: one.save(update_fields=["last_login"]))
    does(lambda: User.objects.filter(pk=one.pk).update(last_login=None))
    assert announced.signals == []


class CountedHooks(list[Any]):
    """What waits for a commit; counts how many of it somebody looked at."""

    seen = 0

    def __iter__(self) -> Iterator[Any]:
        for hook in super().__iter__():
            self.seen += 1
            yield hook


def test_many_rows_do_not_search_the_hooks_of_the_commit_each(
    student: Person, announced: Announced, does: Does
) -> None:
    one = student()
    hooks = connection.run_on_commit = CountedHooks(connection.run_on_commit)

    def many_rows_go_after_hooks_of_others() -> None:
        for _ in range(300):
            transaction.on_commit(lambda: None)
        for _ in range(300):
            announcements.announce_people([one.pk])

    does(many_rows_go_after_hooks_of_others)
    assert announced.signals == [("people", [one.pk])]
    assert hooks.seen < 3_000
