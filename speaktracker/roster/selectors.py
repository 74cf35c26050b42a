"""Who teaches whom, read."""

from collections.abc import Collection, Iterable

from django.db.models import QuerySet

from speaktracker.roster.models import RosterRevision, TutorStudent, User, UserType
from speaktracker.text import normal_email


def person_by_email(email: str) -> User | None:
    """Find a person by address, whatever its case."""
    return User.objects.filter(email=normal_email(email)).first()


def people_by_email(emails: Iterable[str]) -> dict[str, User]:
    """Find many people at once, keyed by the address as it is stored."""
    wanted = sorted({normal_email(email) for email in emails})
    found: dict[str, User] = {}
    for start in range(0, len(wanted), 500):  # SQLite binds a limited number of values
        some = User.objects.filter(email__in=wanted[start : start + 500])
        found.update((person.email, person) for person in some)
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
    wanted = sorted(set(student_ids))
    found: dict[int, int] = {}
    for start in range(0, len(wanted), 500):
        some = TutorStudent.objects.filter(student_id__in=wanted[start : start + 500])
        found.update(some.order_by().values_list("student_id", "tutor_id"))
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
    wanted = sorted(set(user_ids))
    found: list[User] = []
    for start in range(0, len(wanted), 500):
        some = User.objects.filter(pk__in=wanted[start : start + 500], user_type=UserType.STUDENT)
        found += some.select_related("mapping__tutor")
    return sorted(found, key=lambda student: student.email)


def known_tutor(student: User) -> User | None:
    """Return the tutor of a student that was read with `mapping__tutor`, without a query."""
    mapping: TutorStudent | None = getattr(student, "mapping", None)
    return mapping.tutor if mapping else None


def active_ids(user_ids: Collection[int]) -> set[int]:
    """Return those of `user_ids` who exist and may sign in."""
    found = User.objects.filter(pk__in=user_ids, is_active=True)
    return set(found.values_list("pk", flat=True))
