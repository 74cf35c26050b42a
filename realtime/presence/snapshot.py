"""A tutor's students as SQL knows them: one query, every mapped student, offline ones too."""

from collections.abc import Collection
from typing import cast

from realtime.models import Presence
from realtime.presence.class_rules import Student
from realtime.presence.transitions import student_of
from speaktracker.roster.models import User
from speaktracker.roster.selectors import students_of


def read_students(tutor_id: int) -> list[Student]:
    """Read a tutor's students, by address."""
    people = students_of(tutor_id).select_related("presence")
    return [_student(person) for person in people]


def _student(person: User) -> Student:
    presence = cast(Presence | None, getattr(person, "presence", None))
    if presence is None:
        return Student(person.pk, person.email, person.name)
    presence.student = person
    return student_of(presence)


def read_by_id(student_ids: Collection[int]) -> list[Student]:
    """Read students whoever teaches them; those who were deleted are left out."""
    people = User.objects.filter(pk__in=student_ids).select_related("presence")
    return [_student(person) for person in people]
