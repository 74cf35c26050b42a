"""What importing a roster would change, worked out without changing anything."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from speaktracker.roster.models import User, UserType
from speaktracker.roster.selectors import people_by_email, tutors_of
from speaktracker.roster.services import assign_many
from speaktracker.roster.spreadsheet import RosterRow
from speaktracker.text import normal_email


@dataclass(frozen=True, slots=True)
class PlannedAssignment:
    """A good row: the student's tutor before (None without one) and after."""

    line: int
    student: User
    before: User | None
    after: User


@dataclass(frozen=True, slots=True)
class RowError:
    """Why a line cannot be imported: the value at fault and the reason, in words."""

    line: int
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """The outcome of every row of a file."""

    assignments: list[PlannedAssignment]
    errors: list[RowError]

    @property
    def moves(self) -> list[PlannedAssignment]:
        """The good rows that change something."""
        return [row for row in self.assignments if row.before != row.after]

    @property
    def bad_rows(self) -> int:
        """How many rows would be left out."""
        return len({error.line for error in self.errors})

    def fingerprint(self) -> str:
        """Name the outcome, so that a confirmation applies to what was shown and nothing else."""
        moves = [(row.student.pk, row.before and row.before.pk, row.after.pk) for row in self.moves]
        lines = sorted({error.line for error in self.errors})
        return hashlib.sha256(repr((moves, lines)).encode()).hexdigest()

    def objection(self, fingerprint: str, leave_out: bool) -> str:
        """Say why a confirmation of `fingerprint` does not hold; empty when it does."""
        if self.fingerprint() != fingerprint:
            return _("People or mappings have changed since the preview. Nothing was imported yet.")
        if self.errors and not leave_out:
            return _("Nothing was imported: correct the file, or choose to leave the bad rows out.")
        return ""

    def summary(self) -> str:
        """Sum up in a sentence what was imported."""
        new = sum(row.before is None for row in self.moves)
        counts = {
            "new": new,
            "moved": len(self.moves) - new,
            "same": len(self.assignments) - len(self.moves),
            "bad": self.bad_rows,
        }
        sentence = _(
            "Imported: %(new)d new, %(moved)d moved, %(same)d unchanged, %(bad)d left out."
        )
        return sentence % counts


def plan_import(rows: list[RosterRow]) -> ImportPlan:
    """Work out what importing `rows` would change."""
    known = people_by_email(email for row in rows for email in (row.student, row.tutor))
    tutors_before = tutors_of(person.pk for person in known.values())
    plan = ImportPlan([], [])
    lines: dict[str, int] = {}
    for row in rows:
        errors = list(errors_of(row, known))
        email = normal_email(row.student)
        # Of two lines with one student, one is a mistake.
        if email and lines.setdefault(email, row.line) != row.line:
            sentence = _("Line %d has this student already.") % lines[email]
            errors.append(RowError(row.line, row.student, sentence))
        plan.errors.extend(errors)
        if not errors:
            student, tutor = known[email], known[normal_email(row.tutor)]
            before = tutors_before.get(student.pk)
            plan.assignments.append(PlannedAssignment(row.line, student, before, tutor))
    return plan


def errors_of(row: RosterRow, known: dict[str, User]) -> Iterator[RowError]:
    """Find what is wrong with `row` by itself; `known` are people by address."""
    wanted = (
        ("student_email", row.student, UserType.STUDENT, _("This person is not a student.")),
        ("tutor_email", row.tutor, UserType.TUTOR, _("This person is not a tutor.")),
    )
    for column, email, user_type, sentence in wanted:
        person = known.get(normal_email(email))
        if not email:
            yield RowError(row.line, "", _("%s is empty.") % column)
        elif person is None:
            yield RowError(row.line, email, _("Nobody has this address."))
        elif person.user_type != user_type:
            yield RowError(row.line, email, sentence)


def apply_import(plan: ImportPlan) -> list[int]:
    """Assign every good row of `plan`; return the ids of the students that moved."""
    return assign_many({row.student.pk: row.after.pk for row in plan.moves})
