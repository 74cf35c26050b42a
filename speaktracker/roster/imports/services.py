"""Carrying a plan out: bulk statements in one transaction, whose changes are announced once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from speaktracker.clock import now
from speaktracker.db.bulk_update import update_many
from speaktracker.roster.announcements import announce_people
from speaktracker.roster.imports.import_plan import ImportPlan, PlannedRow
from speaktracker.roster.models import ArchivedStudent, User
from speaktracker.roster.selectors import ids_by_email, in_batches
from speaktracker.roster.services import Progress, assign_many

BATCH = 500
# What of a person stands in their own row, as `PersonState` calls it too.
OWN = ("name", "user_type", "language", "is_active")


@dataclass(frozen=True, slots=True)
class Imported:
    """Whom an import added, all at `joined_at`; whom it changed; and whose mappings."""

    joined_at: datetime
    added: list[int]
    changed: list[int]
    moved: list[int]


def steps_of(plan: ImportPlan) -> int:
    """Count what `apply_import` tells its progress about."""
    return len(plan.changes) + sum(row.is_placed_anew for row in plan.changes)


class PeopleChanged(Exception):
    """What was planned holds no more, and nothing was written: somebody came or went meanwhile."""


def apply_import(plan: ImportPlan, progress: Progress = lambda _done: None) -> Imported:
    """Add, change and map whom the good rows of `plan` are about, all of them or nobody.

    New people have no password: nothing is hashed. `progress` is told how many steps are done.
    Raises PeopleChanged where somebody was added, or is gone, meanwhile.
    """
    try:
        with transaction.atomic():
            return _apply(plan, progress)
    except (IntegrityError, KeyError, ValidationError):
        raise PeopleChanged from None


def _apply(plan: ImportPlan, progress: Progress) -> Imported:
    moment = now()
    changed = [row for row in plan.changed if any(d.field in OWN for d in row.differences())]
    _add(plan.newcomers, moment, progress)
    _change(changed)
    done = len(plan.changes)
    progress(done)
    placed = [row for row in plan.changes if row.is_placed_anew]
    ids = ids_by_email({email for row in placed for email in (row.email, row.after.tutor_email)})
    moved = assign_many(
        {ids[row.email]: ids[row.after.tutor_email] for row in placed},
        {ids[row.email]: row.after.group for row in placed},
        lambda some: progress(done + some),
    )
    added = ids_by_email(row.email for row in plan.newcomers)
    return Imported(moment, sorted(added.values()), [row.pk for row in changed if row.pk], moved)


def _add(rows: list[PlannedRow], moment: datetime, progress: Progress) -> None:
    for start in range(0, len(rows), BATCH):
        some = rows[start : start + BATCH]
        User.objects.bulk_create(
            User(email=row.email, password=make_password(None), date_joined=moment, **_own(row))
            for row in some
        )
        progress(start + len(some))


def _change(rows: list[PlannedRow]) -> None:
    # Only what differs is written: of the rest somebody may be changing something just now.
    together: dict[tuple[str, ...], list[User]] = {}
    for row in rows:
        fields = tuple(d.field for d in row.differences() if d.field in OWN)
        together.setdefault(fields, []).append(User(pk=row.pk, email=row.email, **_own(row)))
    for fields, people in together.items():
        update_many(people, fields)
        if "is_active" in fields:
            _bring_back(person.pk for person in people)
    announce_people(person.pk for people in together.values() for person in people)


def _bring_back(user_ids: Iterable[int]) -> None:
    """Take these people out of the archive, whose mappings were set aside there."""
    for some in in_batches(user_ids):
        ArchivedStudent.objects.filter(student_id__in=some).delete()


def _own(row: PlannedRow) -> Mapping[str, object]:
    own = {name: getattr(row.after, name) for name in OWN}
    return {**own, "user_type": row.after.user_type or None}
