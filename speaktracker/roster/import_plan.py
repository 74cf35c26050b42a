"""What importing a roster would change, worked out without changing anything."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from speaktracker.roster.models import User, UserType
from speaktracker.roster.selectors import people_by_email, tutor_ids_of
from speaktracker.roster.services import assign_many
from speaktracker.roster.spreadsheet import Row
from speaktracker.text import normal_email


@dataclass(frozen=True, slots=True)
class Change:
    """A good row: the student's tutor before (None without one) and after."""

    line: int
    student: User
    before: User | None
    after: User

    @property
    def stays(self) -> bool:
        """True when the student has this tutor already."""
        return self.before == self.after


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a line cannot be imported: the value at fault and the reason, in words."""

    line: int
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The outcome of every row of a file."""

    changes: list[Change]
    faults: list[Fault]

    @property
    def moves(self) -> list[Change]:
        """The rows that change something."""
        return [change for change in self.changes if not change.stays]

    @property
    def faulty_lines(self) -> int:
        """How many rows would be left out."""
        return len({fault.line for fault in self.faults})

    def fingerprint(self) -> str:
        """Name the outcome, so that a confirmation applies to what was shown and nothing else."""
        moves = [(c.student.pk, c.before and c.before.pk, c.after.pk) for c in self.moves]
        lines = sorted({fault.line for fault in self.faults})
        return hashlib.sha256(repr((moves, lines)).encode()).hexdigest()


def plan_import(rows: list[Row]) -> Plan:
    """Work out what importing `rows` would change."""
    known = people_by_email(email for row in rows for email in (row.student, row.tutor))
    tutors_before = _tutors_before(known.values())
    changes: list[Change] = []
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    for row in rows:
        found = [*_faults(row, known), *_repetition(row, seen)]
        faults += found
        if not found:
            student, tutor = known[normal_email(row.student)], known[normal_email(row.tutor)]
            changes.append(Change(row.line, student, tutors_before.get(student.pk), tutor))
    return Plan(changes, faults)


def apply_import(plan: Plan) -> list[int]:
    """Assign every good row of `plan`; return the ids of the students that moved."""
    return assign_many({change.student.pk: change.after.pk for change in plan.moves})


def _faults(row: Row, known: dict[str, User]) -> Iterator[Fault]:
    wanted = (
        ("student_email", row.student, UserType.STUDENT, _("This person is not a student.")),
        ("tutor_email", row.tutor, UserType.TUTOR, _("This person is not a tutor.")),
    )
    for column, email, user_type, sentence in wanted:
        person = known.get(normal_email(email))
        if not email:
            yield Fault(row.line, "", _("%s is empty.") % column)
        elif person is None:
            yield Fault(row.line, email, _("Nobody has this address."))
        elif person.user_type != user_type:
            yield Fault(row.line, email, sentence)


def _repetition(row: Row, seen: dict[str, int]) -> Iterator[Fault]:
    """Find fault with a student whom an earlier line names too: one of the two is a mistake."""
    email = normal_email(row.student)
    if email and seen.setdefault(email, row.line) != row.line:
        yield Fault(row.line, row.student, _("Line %d has this student already.") % seen[email])


def _tutors_before(people: Iterable[User]) -> dict[int, User]:
    tutor_ids = tutor_ids_of(person.pk for person in people)
    tutors = {tutor.pk: tutor for tutor in User.objects.filter(user_type=UserType.TUTOR)}
    return {student: tutors[tutor] for student, tutor in tutor_ids.items()}
