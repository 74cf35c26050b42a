"""Works out what a file would change: each row by itself, then who teaches whom among all."""

from collections.abc import Collection, Iterable, Set
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from speaktracker.roster.imports.file_kinds import FileKind, value_of
from speaktracker.roster.imports.import_plan import ImportPlan, PersonState, PlannedRow, RowError
from speaktracker.roster.imports.spreadsheet import FileRow
from speaktracker.roster.models import User, UserType
from speaktracker.roster.permissions import Outranked
from speaktracker.roster.selectors import in_batches
from speaktracker.text import normal_email

_KNOWN = (
    *("email", "pk", "name", "user_type", "language", "is_active"),
    *("mapping__tutor__email", "mapping__group", "archived__year_end"),
)


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """Somebody who is there already; whoever is archived has been set aside for the year's end."""

    pk: int
    state: PersonState
    is_archived: bool


@dataclass(frozen=True, slots=True)
class ImportRights:
    """What who imports may change: nobody of `ids_above`, and mappings only with `may_map`."""

    ids_above: Set[int] = frozenset()
    may_map: bool = True


class BadCell(ValueError):
    """A cell that cannot be imported, and why."""

    def __init__(self, value: str, reason: Any) -> None:
        super().__init__(str(reason))
        self.value = value


def plan_import(
    kind: FileKind, rows: Collection[FileRow], rights: ImportRights | None = None
) -> ImportPlan:
    """Work out what importing `rows` would change, by somebody with `rights`; without, anybody."""
    return _Planning(kind, rows, rights or ImportRights()).plan()


def known_people(addresses: Iterable[str]) -> dict[str, KnownPerson]:
    """Read what is known of the people of these addresses, by address as it is stored."""
    found: dict[str, KnownPerson] = {}
    for some in in_batches(addresses):
        rows = User.objects.filter(email__in=some).order_by().values_list(*_KNOWN)
        for email, pk, name, user_type, language, is_active, tutor, group, year_end in rows:
            state = PersonState(
                name, user_type or "", tutor or "", group or "", language, bool(is_active)
            )
            found[email] = KnownPerson(pk, state, year_end is not None)
    return found


class _Planning:
    """One file on its way to a plan."""

    def __init__(self, kind: FileKind, rows: Collection[FileRow], rights: ImportRights) -> None:
        self.kind, self.rows, self.rights = kind, rows, rights
        columns = (kind.address, "tutor_email")
        named = (normal_email(row.cells.get(column, "")) for row in rows for column in columns)
        people = known_people({email for email in named if email})
        # Whose tutor is above is no matter of the file alone.
        self.known = people
        others = {known.state.tutor_email for known in people.values()} - people.keys() - {""}
        self.tutors_before = known_people(others) if rights.ids_above else {}
        self.lines: dict[str, int] = {}
        self.good: dict[str, PlannedRow] = {}
        self.errors: list[RowError] = []

    def plan(self) -> ImportPlan:
        """Look at each row by itself, those of tutors included, then at who teaches whom."""
        for row in self.rows:
            try:
                planned = self._alone(row)
            except BadCell as bad:
                self.errors.append(RowError(row.line, bad.value, str(bad)))
            else:
                self.good[planned.email] = planned
        # Tutors first: whoever is refused here is nobody's new tutor.
        for planned in sorted(
            self.good.values(), key=lambda one: one.after.user_type, reverse=True
        ):
            if not self._is_placed(planned):
                del self.good[planned.email]
        errors = sorted(self.errors, key=lambda error: error.line)
        return ImportPlan(list(self.good.values()), errors)

    def _alone(self, row: FileRow) -> PlannedRow:
        """Apply a row to whom it is about; raises BadCell."""
        given = row.cells.get(self.kind.address, "")
        email = normal_email(given)
        if not email:
            raise BadCell("", _("%s is empty.") % self.kind.address)
        if self.lines.setdefault(email, row.line) != row.line:
            # Of two lines with one person, one is a mistake.
            raise BadCell(given, _("Line %d has this person already.") % self.lines[email])
        known = self.known.get(email)
        before = known.state if known else PersonState()
        if known is None:
            self._refuse_stranger(email, given)
        after = self._applied(row, before)
        if known and known.is_archived and self.kind.makes_people:
            after = replace(after, is_active=True)  # whoever is in this year's file has come back
        self._refuse_type(known, before, after, given)
        if after.user_type != UserType.STUDENT:
            if row.cells.get("tutor_email"):
                raise BadCell(row.cells["tutor_email"], _("Only students have a tutor."))
            after = replace(after, tutor_email="", group="")
        return PlannedRow(row.line, email, known.pk if known else None, before, after)

    def _refuse_stranger(self, email: str, given: str) -> None:
        if not self.kind.makes_people:
            raise BadCell(given, _("Nobody has this address."))
        try:
            User._meta.get_field("email").run_validators(email)
        except ValidationError as invalid:
            raise BadCell(given, " ".join(invalid.messages)) from None

    def _applied(self, row: FileRow, before: PersonState) -> PersonState:
        """Put what the cells say in the place of what there is; an empty cell says nothing."""
        told: dict[str, Any] = {}
        for column in self.kind.columns[1:]:
            text = row.cells.get(column, "")
            try:
                value = value_of(column, text)
            except ValueError as wrong:
                raise BadCell(text, wrong) from None
            if value:
                told[column] = value
            elif column in self.kind.needed:
                raise BadCell("", _("%s is empty.") % column)
        if not before.user_type and not told.get("user_type") and told.get("tutor_email"):
            told["user_type"] = UserType.STUDENT.value  # nobody else has a tutor
        return replace(before, **told)

    def _refuse_type(
        self, known: KnownPerson | None, before: PersonState, after: PersonState, given: str
    ) -> None:
        if not self.kind.makes_people and before.user_type != UserType.STUDENT:
            raise BadCell(given, _("This person is not a student."))
        if known is None and not after.user_type:
            raise BadCell("", _("Say of somebody new whether student or tutor (user_type)."))
        if known and before.user_type != after.user_type and User(pk=known.pk).type_is_fixed():
            raise BadCell(given, _("Records refer to this person: the type stays as it is."))

    def _is_placed(self, planned: PlannedRow) -> bool:
        """Tell whether tutor, group and rank let a good row stand; notes why not."""
        try:
            if planned.is_placed_anew and planned.after.user_type == UserType.STUDENT:
                self._refuse_placement(planned)
            self._refuse_rank(planned)
        except BadCell as bad:
            self.errors.append(RowError(planned.line, bad.value, str(bad)))
            return False
        return True

    def _refuse_placement(self, planned: PlannedRow) -> None:
        tutor, group = planned.after.tutor_email, planned.after.group
        if not tutor:
            raise BadCell(group, _("A group is of students with a tutor: name the tutor, too."))
        if tutor != planned.before.tutor_email:
            state = self._state_after(tutor)
            if state is None:
                raise BadCell(tutor, self._why_unknown(tutor))
            if state.user_type != UserType.TUTOR:
                raise BadCell(tutor, _("This person is not a tutor."))
            if not state.is_active:
                raise BadCell(tutor, _("This tutor's account is switched off."))
        if not self.rights.may_map:
            raise BadCell(tutor, _("You may not change who teaches whom. Ask a superuser."))

    def _state_after(self, email: str) -> PersonState | None:
        if email in self.good:
            return self.good[email].after
        return self.known[email].state if email in self.known else None

    def _why_unknown(self, tutor: str) -> str:
        if tutor in self.lines:
            return _("Line %d, which adds this tutor, is wrong.") % self.lines[tutor]
        return _("Nobody has this address.")

    def _refuse_rank(self, planned: PlannedRow) -> None:
        if not planned.changes or not self.rights.ids_above:
            return
        whose = {planned.email: planned.email}
        if planned.is_placed_anew:
            tutors = (planned.before.tutor_email, planned.after.tutor_email)
            whose |= {tutors[0]: planned.email, tutors[1]: tutors[1]}
        for email, at_fault in whose.items():
            known = self.known.get(email) or self.tutors_before.get(email)
            if known and known.pk in self.rights.ids_above:
                raise BadCell(at_fault, Outranked.SENTENCE)
