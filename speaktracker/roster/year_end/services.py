"""Ending a year, taking that back within its time, and erasing whom it set aside afterwards."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from speaktracker.clock import now
from speaktracker.db.purging import delete_oldest
from speaktracker.roster.erasure.services import erase_people
from speaktracker.roster.models import ArchivedStudent, TutorStudent, User, UserType, YearEnd
from speaktracker.roster.selectors import ids_of_type, in_batches, mapped_of
from speaktracker.roster.services import Progress, assign_many
from speaktracker.roster.signals import groups_left, groups_returned

# Erased in one transaction: a lesson beside it waits for no longer.
ERASED_TOGETHER = 5
# Ends of the year that are over are kept as long as the admin's log.
PURGE_ROWS = 100


@dataclass(frozen=True, slots=True)
class Ending:
    """Whose year ends: the students of a tutor, of a group, of both, or of neither, everybody's."""

    tutor_id: int | None = None
    group: str = ""
    # Whether the accounts are deleted afterwards, or only stay switched off.
    deletes: bool = True


@dataclass(frozen=True, slots=True)
class TakenBack:
    """How many students may sign in again, have their tutor again, and have none any more."""

    active: int
    mapped: int
    without_tutor: int


class TooLate(Exception):
    """The end of the year is undone already, or its time to be undone has passed."""


def undo_time() -> timedelta:
    """Return how long an end of the year can be undone."""
    return timedelta(days=settings.LIMITS.year_end_undo_days)


@transaction.atomic
def end_year(
    student_ids: Collection[int],
    ending: Ending,
    by: User | None = None,
    progress: Progress = lambda _done: None,
) -> YearEnd:
    """Switch these students off and set their mappings aside; `progress` is told how many are done.

    Sessions, tokens and sockets of theirs end with it, and dashboards show them no more.
    """
    moment, done = now(), 0
    year_end = YearEnd.objects.create(
        made_by=by,
        made_at=moment,
        tutor_id=ending.tutor_id,
        group=ending.group,
        deletes=ending.deletes,
        students=len(set(student_ids)),
        due_at=moment + undo_time(),
    )
    for some in in_batches(student_ids):
        _set_aside(some, year_end)
        done += len(some)
        progress(done)
    if groups := groups_of(year_end):
        left = sorted(groups - peopled(groups))
        groups_left.send(YearEnd, year_end=year_end, groups=left)
    return year_end


def _set_aside(ids: list[int], year_end: YearEnd) -> None:
    mapped = mapped_of(ids)
    people = User.objects.filter(pk__in=ids)
    active = set(people.filter(is_active=True).order_by().values_list("pk", flat=True))
    ArchivedStudent.objects.bulk_create(
        [
            ArchivedStudent(
                student_id=pk,
                year_end=year_end,
                was_active=pk in active,
                tutor_id=mapped[pk][0] if pk in mapped else None,
                group=mapped[pk][1] if pk in mapped else "",
            )
            for pk in ids
        ],
        update_conflicts=True,
        unique_fields=["student"],
        update_fields=["year_end", "was_active", "tutor", "group"],
    )
    User.objects.filter(pk__in=active).update(is_active=False)
    TutorStudent.objects.filter(student__in=ids).delete()


@transaction.atomic
def undo_year_end(year_end_id: int) -> TakenBack:
    """Let everybody sign in again who could, with the tutor and group they had; raises TooLate.

    Whoever has another tutor by now keeps that one.
    """
    year_end = YearEnd.objects.select_for_update().get(pk=year_end_id)
    if not year_end.is_open:
        raise TooLate
    rows = list(year_end.archived.values_list("student_id", "was_active", "tutor_id", "group"))
    active = 0
    for some in in_batches(pk for pk, was_active, _tutor, _group in rows if was_active):
        switched_off = User.objects.filter(pk__in=some, is_active=False)
        active += switched_off.update(is_active=True)
    taken = mapped_of(pk for pk, *_ in rows)
    there = ids_of_type({tutor for _pk, _was, tutor, _group in rows if tutor}, UserType.TUTOR)
    back = {pk: (tutor, group) for pk, _was, tutor, group in rows if pk not in taken}
    tutors = {pk: tutor for pk, (tutor, _group) in back.items() if tutor in there}
    moved = assign_many(tutors, {pk: back[pk][1] for pk in tutors})
    if groups := groups_of(year_end):
        groups_returned.send(YearEnd, groups=sorted(peopled(groups)))
    year_end.archived.all().delete()
    year_end.undone_at = now()
    year_end.save(update_fields=["undone_at"])
    return TakenBack(active, len(moved), len(rows) - len(taken) - len(moved))


def groups_of(year_end: YearEnd) -> set[str]:
    """Name the groups of those whom an end of the year has set aside."""
    named = year_end.archived.exclude(group="").order_by()
    return set(named.values_list("group", flat=True).distinct())


def peopled(groups: Collection[str]) -> set[str]:
    """Return those of `groups` that somebody is in."""
    found: set[str] = set()
    for some in in_batches(groups):
        mappings = TutorStudent.objects.filter(group__in=some).order_by()
        found.update(mappings.values_list("group", flat=True).distinct())
    return found


def finish_due() -> bool:
    """Erase some of those whose year ended a week ago; tell whether there may be more to do.

    Whoever is switched on again by then, or has a tutor again, stays.
    """
    with transaction.atomic():
        year_end = _oldest_due()
        if year_end is None:
            return False
        some = list(year_end.archived.order_by("pk").values_list("pk", flat=True)[:ERASED_TOGETHER])
        if not some:
            year_end.finished_at = now()
        elif year_end.deletes:
            came_back = Q(is_active=True) | Q(mapping__isnull=False)
            leaving = User.objects.filter(pk__in=some).exclude(came_back).order_by()
            year_end.erased += erase_people(list(leaving.values_list("pk", flat=True)))
        ArchivedStudent.objects.filter(pk__in=some).delete()
        year_end.save(update_fields=["finished_at", "erased"])
        return True


def _oldest_due() -> YearEnd | None:
    """Find the oldest that is due, which no other process finishes meanwhile."""
    due = YearEnd.objects.filter(undone_at=None, finished_at=None, due_at__lte=now())
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True)
    return due.order_by("due_at").first()


def purge_year_ends(days: float) -> bool:
    """Delete some ends of the year of more than `days` ago; tell whether more may be."""
    over = Q(undone_at__isnull=False) | Q(finished_at__isnull=False)
    old = YearEnd.objects.filter(over, made_at__lt=now() - timedelta(days=days))
    return delete_oldest(old, "made_at", PURGE_ROWS) == PURGE_ROWS
