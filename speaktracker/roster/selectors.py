"""Who teaches whom, read."""

from collections.abc import Collection, Iterable, Iterator
from typing import TypeVar

from django.db.models import QuerySet

from speaktracker.roster.models import RosterRevision, TutorStudent, User, UserType
from speaktracker.text import normal_email

T = TypeVar("T", int, str)

# SQLite binds a limited number of values to one statement.
VALUES_IN_ONE_QUERY = 500


def in_batches(values: Iterable[T]) -> Iterator[list[T]]:
    """Split `values`, sorted and each once, into lists short enough for an `__in` of one query."""
    wanted = sorted(set(values))
    for start in range(0, len(wanted), VALUES_IN_ONE_QUERY):
        yield wanted[start : start + VALUES_IN_ONE_QUERY]


def person_by_email(email: str) -> User | None:
    """Find a person by address, whatever its case."""
    return User.objects.filter(email=normal_email(email)).first()


def people_by_email(emails: Iterable[str]) -> dict[str, User]:
    """Find many people at once, keyed by the address as it is stored."""
    found: dict[str, User] = {}
    for some in in_batches(normal_email(email) for email in emails):
        found.update((person.email, person) for person in User.objects.filter(email__in=some))
    return found


def ids_of_type(user_ids: Iterable[int], user_type: UserType) -> set[int]:
    """Return those of `user_ids` who are of `user_type`."""
    found: set[int] = set()
    for some in in_batches(user_ids):
        people = User.objects.filter(pk__in=some, user_type=user_type)
        found.update(people.order_by().values_list("pk", flat=True))
    return found


def tutor_of(student_id: int) -> User | None:
    """Return the tutor responsible for a student, None without one."""
    return User.objects.filter(mappings__student_id=student_id).first()


def tutors_of(student_ids: Iterable[int]) -> dict[int, User]:
    """Return tutors keyed by student id; students without a tutor are left out."""
    ids = tutor_ids_of(student_ids)
    tutors = User.objects.order_by().in_bulk(set(ids.values()))
    return {
        student_id: tutors[tutor_id] for student_id, tutor_id in ids.items() if tutor_id in tutors
    }


def tutor_ids_of(student_ids: Iterable[int]) -> dict[int, int]:
    """Return tutor ids keyed by student id; students without a tutor are left out."""
    found: dict[int, int] = {}
    for some in in_batches(student_ids):
        mappings = TutorStudent.objects.filter(student_id__in=some).order_by()
        found.update(mappings.values_list("student_id", "tutor_id"))
    return found


def students_of(tutor_id: int) -> QuerySet[User]:
    """Return the students of a tutor by address."""
    return User.objects.filter(mapping__tutor_id=tutor_id).order_by("email")


def tutors() -> QuerySet[User]:
    """Return every tutor by address."""
    return User.objects.filter(user_type=UserType.TUTOR).order_by("email")


def revision() -> int:
    """Return the number that grows with every change of who teaches whom."""
    return RosterRevision.objects.values_list("number", flat=True).first() or 0


def students_with_tutors(user_ids: Iterable[int]) -> list[User]:
    """Return those of `user_ids` who are students, by address, each with the tutor at hand."""
    found: list[User] = []
    for some in in_batches(user_ids):
        students = User.objects.filter(pk__in=some, user_type=UserType.STUDENT)
        found += students.select_related("mapping__tutor")
    return sorted(found, key=lambda student: student.email)


def known_tutor(student: User) -> User | None:
    """Return the tutor of a student that was read with `mapping__tutor`, without a query."""
    mapping: TutorStudent | None = getattr(student, "mapping", None)
    return mapping.tutor if mapping else None


def active_ids(user_ids: Collection[int]) -> set[int]:
    """Return those of `user_ids` who exist and may sign in."""
    found = User.objects.filter(pk__in=user_ids, is_active=True)
    return set(found.values_list("pk", flat=True))
