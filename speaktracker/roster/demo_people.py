"""The people of the demo: tutors, students round robin, and an admin, all with one password."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db import transaction

from speaktracker.roster.models import User, UserType
from speaktracker.roster.selectors import people_by_email
from speaktracker.roster.services import assign_many
from speaktracker.roster.signals import demo_seeded

PASSWORD = "demo-password"  # noqa: S105 - it is printed for everybody to use
ADMIN = "admin@example.com"
BATCH = 500
FIRST_TUTORS_NAME = 40
GROUPS = ("3A", "3B")

_FAMILY = ("김", "이", "박", "최", "정", "강", "조", "윤", "장", "임", "한")
_GIVEN = ("서연", "민준", "지우", "도윤", "하은", "시우", "수아", "예준", "지민", "은우")
_FIRST = ("Emma", "Noah", "Mia", "Lucas", "Ava", "Ethan", "Lily", "Owen", "Zoe", "Adam", "Ruth")
_LAST = ("Baker", "Carter", "Evans", "Foster", "Hughes", "Murray", "Parker", "Reed", "Shaw")

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class SeedCounts:
    """How many people and mappings were added."""

    people: int
    mappings: int


class AddressTaken(Exception):
    """A demo address belongs to a person of another type."""


def name_of(number: int) -> str:
    """Name person `number` (from 1): Korean for odd numbers, English for even ones."""
    turn = number // 2
    if number % 2:
        return _FAMILY[turn % len(_FAMILY)] + _GIVEN[turn % len(_GIVEN)]
    return f"{_FIRST[turn % len(_FIRST)]} {_LAST[turn % len(_LAST)]}"


@transaction.atomic
def seed(tutors: int, students: int, progress: Progress = lambda _done, _all: None) -> SeedCounts:
    """Add what is missing of the demo; raises AddressTaken. What is there stays as it is."""
    tutor_emails = [f"tutor{number}@example.com" for number in range(1, tutors + 1)]
    student_emails = [f"student{number}@example.com" for number in range(1, students + 1)]
    needs_admin = not people_by_email([ADMIN])
    if needs_admin:
        User.objects.create_superuser(ADMIN, PASSWORD, name="Admin")
    added = int(needs_admin) + len(_add_people(tutor_emails, UserType.TUTOR, progress))
    newcomers = _add_people(student_emails, UserType.STUDENT, progress)
    people = people_by_email([*student_emails, *tutor_emails])
    # Round robin by the students' numbers, so that higher numbers go on where lower ones ended.
    wanted = {
        people[email].pk: people[tutor_emails[number % tutors]].pk
        for number, email in enumerate(student_emails)
        if email in newcomers
    }
    # Each tutor has students of both groups.
    numbers = {people[email].pk: number for number, email in enumerate(student_emails)}
    groups = {pk: GROUPS[numbers[pk] // tutors % len(GROUPS)] for pk in wanted}
    demo_seeded.send(sender=User)
    return SeedCounts(added + len(newcomers), len(assign_many(wanted, groups)))


def _add_people(emails: list[str], user_type: UserType, progress: Progress) -> set[str]:
    """Add the missing of `emails` in batches; return those added."""
    known = people_by_email(emails)
    for person in known.values():
        if person.user_type != user_type:
            raise AddressTaken(f"{person.email} exists already and is no {user_type.value}.")
    # Tutors have names of their own, so that nobody on a dashboard is called like its tutor.
    first = 1 if user_type == UserType.STUDENT else FIRST_TUTORS_NAME
    missing = [(n, email) for n, email in enumerate(emails, first) if email not in known]
    password = make_password(PASSWORD)  # one slow hash for everybody, not one each
    for start in range(0, len(missing), BATCH):
        User.objects.bulk_create(
            User(email=email, name=name_of(number), user_type=user_type, password=password)
            for number, email in missing[start : start + BATCH]
        )
        progress(min(start + BATCH, len(missing)), len(missing))
    return {email for _, email in missing}
