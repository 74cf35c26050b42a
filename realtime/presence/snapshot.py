"""The students of a tutor's dashboard as SQL knows them: own and lent ones, offline ones too."""

from collections.abc import Collection, Mapping
from typing import NamedTuple, cast

from msgspec.structs import replace

from realtime.models import Presence
from realtime.presence.circumstances import Circumstances
from realtime.presence.class_rules import Student
from realtime.presence.presence_rows import SHOWN_FIELDS, student_of
from speaktracker.db.rows.given_values import AnyOf
from speaktracker.db.rows.kept_query import KeptQuery
from speaktracker.roster.loans.selectors import Lender, lent_to, lent_to_each
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


class ClassOutline(NamedTuple):
    """What tells whether a dashboard is behind: groups and versions of its students, by id."""

    groups: dict[int, str]
    versions: dict[int, int]
    lent: Mapping[int, Lender]


_OUTLINE = ("student_id", "group", "student__presence__version")
_OWN = KeptQuery(
    lambda ids: (
        TutorStudent.objects.filter(AnyOf("tutor_id", ids))
        .order_by()
        .values_list("tutor_id", *_OUTLINE)
    )
)
_LENT = KeptQuery(
    lambda ids: (
        TutorStudent.objects.filter(AnyOf("student_id", ids)).order_by().values_list(*_OUTLINE)
    )
)


def read_outlines(tutor_ids: Collection[int]) -> dict[int, ClassOutline]:
    """Read what a few tutors see, in outline: in two queries, or three with a loan."""
    found = {pk: ClassOutline({}, {}, lent) for pk, lent in lent_to_each(tutor_ids).items()}
    for tutor_id, student_id, group, version in _OWN.rows(tutor_ids):
        found[tutor_id].groups[student_id] = group
        found[tutor_id].versions[student_id] = version or 0
    wanted = {student_id for outline in found.values() for student_id in outline.lent}
    lent = {student_id: told for student_id, *told in _LENT.rows(wanted)} if wanted else {}
    for outline in found.values():
        for student_id in outline.lent.keys() & lent.keys():
            group, version = lent[student_id]
            outline.groups[student_id], outline.versions[student_id] = group, version or 0
    return found


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
