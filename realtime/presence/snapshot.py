"""The students of a tutor's dashboard as SQL knows them: own and lent ones, offline ones too."""

from collections.abc import Collection, Mapping
from typing import NamedTuple, cast

from msgspec.structs import replace

from realtime.models import Presence
from realtime.presence.circumstances import Circumstances
from realtime.presence.class_rules import Student
from realtime.presence.presence_rows import SHOWN_FIELDS, student_of
from speaktracker.roster.loans.selectors import Lender, lent_to
from speaktracker.roster.models import TutorStudent, User
from speaktracker.roster.selectors import in_batches, students_of

SHOWN = (
    *("email", "name", "mapping__group"),
    *(f"presence__{name}" for name in SHOWN_FIELDS),
)


class WatchedStudents(NamedTuple):
    """Whom a tutor sees, by address; and by id, whose those are who are lent."""

    students: list[Student]
    lent: Mapping[int, Lender]


def read_students(tutor_id: int) -> WatchedStudents:
    """Read a tutor's students and who is lent to them, in two queries, or three with a loan."""
    lent = lent_to(tutor_id)
    own = students_of(tutor_id).select_related("presence", "mapping").only(*SHOWN)
    students = [_student(person) for person in own]
    if lent:
        students = sorted([*students, *read_by_id(lent)], key=lambda student: student.email)
    return WatchedStudents(students, lent)


def _student(person: User) -> Student:
    presence = cast(Presence | None, getattr(person, "presence", None))
    mapping = cast(TutorStudent | None, getattr(person, "mapping", None))
    group = mapping.group if mapping else ""
    if presence is None:
        circumstances = Circumstances(group=group)
        return Student(person.pk, person.email, person.name, circumstances=circumstances)
    presence.student = person
    student = student_of(presence)
    # Of who is offline nobody brings presence in line with the mapping.
    if student.circumstances.group != group:
        return replace(student, circumstances=replace(student.circumstances, group=group))
    return student


def read_by_id(student_ids: Collection[int]) -> list[Student]:
    """Read students whoever teaches them; those who were deleted are left out."""
    found: list[Student] = []
    for some in in_batches(student_ids):
        people = User.objects.filter(pk__in=some).select_related("presence", "mapping")
        found += [_student(person) for person in people.order_by().only(*SHOWN)]
    return found
