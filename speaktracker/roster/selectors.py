"""Who teaches whom, read."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from django.db.models import OuterRef, Q, QuerySet, Subquery

from speaktracker.clock import now
from speaktracker.db.bounded_pages import distinct_texts
from speaktracker.db.rows.given_values import AnyOf
from speaktracker.db.rows.kept_query import KeptQuery
from speaktracker.roster.models import TutorStudent, User, UserType
from speaktracker.roster.people_indexes import contains
from speaktracker.text import normal_email

T = TypeVar("T", int, str)

LATELY = timedelta(days=7)
# What is shown of people and decided by, without what only their own sign-in needs.
NAMED = ("email", "name", "user_type", "is_active")
STANDING = ("email", "name", "user_type", "is_active", "credentials_version")


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person's tokens and live sockets stand on."""

    email: str
    name: str
    user_type: str | None
    is_active: bool
    credentials_version: int


# SQLite binds a limited number of values to one statement.
VALUES_IN_ONE_QUERY = 500


def is_of_people(origin: object) -> bool:
    """Tell whether a deletion with that `origin`, as Django's signals name it, is one of people."""
    return isinstance(origin, User) or getattr(origin, "model", None) is User


def in_batches(values: Iterable[T]) -> Iterator[list[T]]:
    """Split `values`, sorted and each once, into lists short enough for an `__in` of one query."""
    wanted = sorted(set(values))
    for start in range(0, len(wanted), VALUES_IN_ONE_QUERY):
        yield wanted[start : start + VALUES_IN_ONE_QUERY]


def person_by_email(email: str) -> User | None:
    """Find a person by address, whatever its case."""
    return User.objects.filter(email=normal_email(email)).defer("password").first()


def people_by_email(emails: Iterable[str]) -> dict[str, User]:
    """Find many people at once, keyed by the address as it is stored."""
    found: dict[str, User] = {}
    for some in in_batches(normal_email(email) for email in emails):
        people = User.objects.filter(email__in=some).defer("password")
        found.update((person.email, person) for person in people)
    return found


def ids_by_email(emails: Iterable[str]) -> dict[str, int]:
    """Return the ids of many people, by the address as it is stored."""
    found: dict[str, int] = {}
    for some in in_batches(emails):
        found.update(User.objects.filter(email__in=some).order_by().values_list("email", "pk"))
    return found


def people_called(people: QuerySet[User], text: str) -> QuerySet[User]:
    """Select those of `people` whose address begins with `text`, else whose name does.

    Only where nobody's does, those whose address or name contains it.
    """
    text = text.strip()
    # One after the other: no index serves both conditions and the order.
    for begins in (Q(email__startswith=normal_email(text)), Q(name__startswith=text)):
        found = people.filter(begins)
        if found.order_by("email").values("pk")[:1]:
            return found
    return people.filter(contains(text))


def ids_of_type(user_ids: Iterable[int], user_type: UserType) -> set[int]:
    """Return those of `user_ids` who are of `user_type`."""
    found: set[int] = set()
    for some in in_batches(user_ids):
        people = User.objects.filter(pk__in=some, user_type=user_type)
        found.update(people.order_by().values_list("pk", flat=True))
    return found


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a student belongs: the active tutor responsible for them, and their group."""

    tutor: User
    group: str


_TUTORS = KeptQuery(lambda ids: active_tutors().filter(AnyOf("pk", ids)).order_by().only(*NAMED))
_MAPPINGS = KeptQuery(
    lambda ids: (
        TutorStudent.objects.filter(AnyOf("student_id", ids))
        .order_by()
        .values_list("student_id", "tutor_id", "group")
    )
)


def placements_of(student_ids: Iterable[int]) -> dict[int, Placement]:
    """Return where students belong, keyed by student id; those without a tutor are left out."""
    found = mapped_of(student_ids)
    ids = {tutor_id for tutor_id, _group in found.values()}
    tutors = {tutor.pk: tutor for tutor in _TUTORS.models(ids)}
    return {
        student_id: Placement(tutors[tutor_id], group)
        for student_id, (tutor_id, group) in found.items()
        if tutor_id in tutors
    }


def tutors_of(student_ids: Iterable[int]) -> dict[int, User]:
    """Return active tutors keyed by student id; students without one are left out."""
    return {student_id: found.tutor for student_id, found in placements_of(student_ids).items()}


def mapped_of(student_ids: Iterable[int]) -> dict[int, tuple[int, str]]:
    """Return the id of the tutor, active or not, and the group of mapped students, by their ids."""
    rows = _MAPPINGS.rows(set(student_ids))
    return {student_id: (tutor_id, group) for student_id, tutor_id, group in rows}


def tutor_ids_of(student_ids: Iterable[int]) -> dict[int, int]:
    """Return the ids of mapped tutors, active or not, keyed by student id."""
    return {student: tutor for student, (tutor, _group) in mapped_of(student_ids).items()}


def students_of(tutor_id: int) -> QuerySet[User]:
    """Return the students of a tutor by address."""
    return User.objects.filter(mapping__tutor_id=tutor_id).order_by("email")


def tutors() -> QuerySet[User]:
    """Return every tutor by address."""
    return User.objects.filter(user_type=UserType.TUTOR).order_by("email")


def active_tutors() -> QuerySet[User]:
    """Return the tutors who may sign in, by address; whoever may not is nobody's tutor now."""
    return tutors().filter(is_active=True)


def groups(most: int) -> list[str]:
    """Return the names of the first `most` groups, in their order."""
    return distinct_texts("roster_tutorstudent", "group_name", most)


def students_in(tutor_id: int | None, group: str) -> QuerySet[User]:
    """Return the students of a tutor, of a group, of both together, or with neither everybody."""
    students = User.objects.filter(user_type=UserType.STUDENT).order_by("email")
    if tutor_id is not None:
        students = students.filter(mapping__tutor_id=tutor_id)
    return students.filter(mapping__group=group) if group else students


def without_tutor(people: QuerySet[User]) -> QuerySet[User]:
    """Select the students among `people` whom no active tutor teaches."""
    mappings = TutorStudent.objects.filter(student=OuterRef("pk"), tutor__is_active=True)
    return without_mapping(people.filter(user_type=UserType.STUDENT), mappings)


def without_students(people: QuerySet[User]) -> QuerySet[User]:
    """Select the tutors among `people` who have nobody to teach."""
    mappings = TutorStudent.objects.filter(tutor=OuterRef("pk"))
    return without_mapping(people.filter(user_type=UserType.TUTOR), mappings)


def without_mapping(people: QuerySet[User], mappings: QuerySet[TutorStudent]) -> QuerySet[User]:
    """Select who has none of `mappings`, looked up by its index for each of `people`.

    As an `EXISTS` it becomes a join, for which all people and all mappings are read.
    """
    one = mappings.order_by().values("pk")[:1]
    return people.alias(one_mapping=Subquery(one)).filter(one_mapping__isnull=True)


def untaught_students() -> QuerySet[User]:
    """Return the active students whom no active tutor teaches, as an index has them."""
    return without_tutor(User.objects.filter(is_active=True)).order_by("pk")


def tutors_without_students() -> QuerySet[User]:
    """Return the active tutors who have nobody to teach, by address."""
    return without_students(active_tutors())


def joined_lately() -> QuerySet[User]:
    """Return who was added, by a file or by hand, within LATELY; in that order."""
    return User.objects.filter(date_joined__gte=now() - LATELY).order_by("date_joined", "email")


def never_signed_in() -> QuerySet[User]:
    """Return who might have signed in and never has, by address."""
    return User.objects.filter(last_login__isnull=True, is_active=True).order_by("email")


def students_with_tutors(user_ids: Iterable[int]) -> list[User]:
    """Return those of `user_ids` who are students, by address, each with the tutor at hand."""
    found: list[User] = []
    for some in in_batches(user_ids):
        students = User.objects.filter(pk__in=some, user_type=UserType.STUDENT)
        students = students.select_related("mapping__tutor")
        found += students.defer("password", "mapping__tutor__password").order_by()
    return sorted(found, key=lambda student: student.email)


def known_tutor(student: User) -> User | None:
    """Return the tutor of a student that was read with `mapping__tutor`, without a query."""
    mapping: TutorStudent | None = getattr(student, "mapping", None)
    return mapping.tutor if mapping else None


_STANDINGS = KeptQuery(
    lambda ids: User.objects.filter(AnyOf("pk", ids)).order_by().values_list("pk", *STANDING)
)


def standings(user_ids: Iterable[int]) -> dict[int, Standing]:
    """Return what these people's credentials stand on, by id; those who are gone are left out."""
    return {pk: Standing(*fields) for pk, *fields in _STANDINGS.rows(set(user_ids))}
