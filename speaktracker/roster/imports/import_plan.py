"""What importing a file would change, row by row: worked out before anything is written."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class PersonState:
    """What a file may say of a person, as it is or as it will be."""

    name: str = ""
    user_type: str = ""
    tutor_email: str = ""
    group: str = ""
    language: str = ""
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One thing about a person that changes."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A good row: whom it is about (`pk` is None of somebody new), before it and after."""

    line: int
    email: str
    pk: int | None
    before: PersonState
    after: PersonState

    @property
    def changes(self) -> bool:
        """Tell whether it changes anything."""
        return self.pk is None or self.before != self.after

    @property
    def is_placed_anew(self) -> bool:
        """Tell whether the tutor or the group changes."""
        was, becomes = self.before, self.after
        return (was.tutor_email, was.group) != (becomes.tutor_email, becomes.group)

    def differences(self) -> Iterator[FieldChange]:
        """List what changes, in the order of the columns."""
        for field in fields(PersonState):
            before, after = getattr(self.before, field.name), getattr(self.after, field.name)
            if before != after:
                yield FieldChange(field.name, str(before or ""), str(after or ""))


@dataclass(frozen=True, slots=True)
class RowError:
    """Why a line cannot be imported: the value at fault and the reason, in words."""

    line: int
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """The outcome of every row of a file."""

    rows: list[PlannedRow]
    errors: list[RowError]

    @property
    def newcomers(self) -> list[PlannedRow]:
        """The good rows of people whom nobody knows yet."""
        return [row for row in self.rows if row.pk is None]

    @property
    def changed(self) -> list[PlannedRow]:
        """The good rows that change somebody who is there."""
        return [row for row in self.rows if row.pk is not None and row.changes]

    @property
    def changes(self) -> list[PlannedRow]:
        """The good rows that change something."""
        return [row for row in self.rows if row.changes]

    @property
    def unchanged(self) -> int:
        """How many good rows say what is so already."""
        return len(self.rows) - len(self.changes)

    @property
    def switched_off(self) -> int:
        """How many good rows are about people who are switched off, and stay so."""
        return sum(not row.after.is_active for row in self.rows)

    @property
    def bad_rows(self) -> int:
        """How many rows would be left out."""
        return len({error.line for error in self.errors})

    def counts(self) -> dict[str, int]:
        """Count the people whom each kind of change is about; `new` are those who are added."""
        changes = Counter(one.field for row in self.changed for one in row.differences())
        found = {"new": len(self.newcomers)}
        found |= {field.name: changes[field.name] for field in fields(PersonState)}
        return {what: count for what, count in found.items() if count}

    def fingerprint(self) -> str:
        """Name the outcome, so that a confirmation applies to what was shown and nothing else."""
        changes = [(row.email, row.pk, row.before, row.after) for row in self.changes]
        lines = sorted({error.line for error in self.errors})
        return hashlib.sha256(repr((changes, lines)).encode()).hexdigest()

    def objection(self, leave_out: bool) -> str:
        """Say why the plan is not carried out as it is; empty when it may be."""
        if self.errors and not leave_out:
            return _("Nothing was imported: correct the file, or choose to leave the bad rows out.")
        return ""

    def summary(self) -> str:
        """Sum up in a sentence what was imported."""
        if not self.changes:
            return _("Nothing changes: all that the file says is so already.")
        counts = {
            "new": len(self.newcomers),
            "changed": len(self.changed),
            "same": self.unchanged,
            "bad": self.bad_rows,
        }
        sentence = _(
            "Imported: %(new)d new people, %(changed)d changed, %(same)d unchanged, "
            "%(bad)d left out."
        )
        return sentence % counts
