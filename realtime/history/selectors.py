"""Stays in class and what was done in them, read for some students at once.

A page of stays takes four queries, however many students and sessions are on it.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, NamedTuple

from django.db.models import OuterRef, Q, QuerySet, Subquery

from realtime.history.day_ranges import DayRange
from realtime.history.reckoning import (
    LATE_FEEDBACK,
    Given,
    ReckonedStay,
    SessionRow,
    SessionState,
    StateChange,
    feedback_of,
    rows_of,
)
from realtime.models import ClassStay, PracticeChange, PracticeSession
from realtime.sockets.message_source import messages
from speaktracker.clock import now
from speaktracker.db.key_lookup import KeyAmong
from speaktracker.roster.loans.selectors import lent_to
from speaktracker.roster.models import User
from speaktracker.roster.selectors import in_batches, students_of

PAGE_STAYS = 100
# The longest stay that is looked for where it may have begun on an earlier day.
LONGEST_STAY = timedelta(days=2)
# How far back a session is looked for that goes on in a stay.
LOOK_BACK = timedelta(hours=3)

_moment = attrgetter("at")


class Person(NamedTuple):
    """A student as a tutor knows them: by address, name and group."""

    student_id: int
    email: str
    name: str
    group: str


class Cursor(NamedTuple):
    """A stay that a page ended with: when it began, and its key."""

    came_at: datetime
    pk: int


class AttendedSession(NamedTuple):
    """One session of one stay, with whose it was and how much feedback came."""

    person: Person
    stay: ClassStay
    row: SessionRow
    feedback: int
    changes: Sequence[StateChange]


class StayPage(NamedTuple):
    """Some stays, reckoned, newest first; `next` is where the page after it begins."""

    sessions: list[AttendedSession]
    next: Cursor | None


class Records(NamedTuple):
    """What happened to some students in a time, by their ids."""

    changes: Mapping[int, list[StateChange]]
    states: Mapping[int, dict[str, SessionState]]
    given: Mapping[int, list[Given]]

    def changes_of(self, student_id: int, stay: ReckonedStay) -> list[StateChange]:
        """Return a student's changes in a stay, and those shortly before."""
        changes = self.changes[student_id]
        start = bisect_left(changes, stay.came_at - LOOK_BACK, key=_moment)
        return changes[start : bisect_right(changes, stay.ended_at, key=_moment)]


def people_of(tutor_id: int) -> dict[int, Person]:
    """Find whom a tutor teaches today, lent ones too, by their ids, in the order of addresses."""
    columns = ("pk", "email", "name", "mapping__group")
    rows = list(students_of(tutor_id).values_list(*columns))
    for some in in_batches(lent_to(tutor_id)):
        rows += User.objects.filter(pk__in=some).order_by().values_list(*columns)
    people = (Person(pk, email, name, group or "") for pk, email, name, group in rows)
    return {one.student_id: one for one in sorted(people, key=lambda one: one.email)}


def own_person(student: User) -> dict[int, Person]:
    """Name a student by their id, who looks at what they did themselves."""
    return {student.pk: Person(student.pk, student.email, student.name, "")}


class Wanted(NamedTuple):
    """Which stays are looked for: of whom, begun on which days; of which group and tutor then.

    Without `people` those of everybody.
    """

    people: Mapping[int, Person] | None
    days: DayRange | None = None
    group: str = ""
    tutor_id: int | None = None


def stay_page(wanted: Wanted, before: Cursor | None = None, most: int = PAGE_STAYS) -> StayPage:
    """Read a page of stays, newest first."""
    stays = stays_of(wanted)
    if before:
        # The first condition is all that an index can begin at.
        older = Q(came_at__lt=before.came_at) | Q(pk__lt=before.pk)
        stays = stays.filter(older, came_at__lte=before.came_at)
    found = list(with_next(stays)[: most + 1])
    shown = found[:most]
    last = Cursor(shown[-1].came_at, shown[-1].pk) if len(found) > most else None
    return StayPage(attended(wanted.people, shown), last)


def stays_of(wanted: Wanted) -> QuerySet[ClassStay]:
    """Choose the stays that are wanted, newest first."""
    stays = ClassStay.objects.all()
    if wanted.people is None:
        stays = stays.select_related("student").defer("student__password")
    else:
        stays = stays.filter(student__in=wanted.people.keys())
    if days := wanted.days:
        stays = stays.filter(came_at__gte=days.begins_at, came_at__lt=days.ends_at)
    if wanted.group:
        stays = stays.filter(group=wanted.group)
    if wanted.tutor_id is not None:
        stays = stays.filter(tutor=wanted.tutor_id)
    return stays.order_by("-came_at", "-pk")


def with_next(stays: QuerySet[ClassStay]) -> QuerySet[Any]:
    """Read with each stay when its student came again: `next_came_at`."""
    later = ClassStay.objects.filter(
        student=OuterRef("student"), came_at__gt=OuterRef("came_at")
    ).order_by("came_at")
    return stays.annotate(next_came_at=Subquery(later.values("came_at")[:1]))


def stays_within(people: Mapping[int, Person], days: DayRange) -> list[ClassStay]:
    """Read the stays of `people` of which a part lies on `days`, in their order."""
    began = Q(came_at__gte=days.begins_at - LONGEST_STAY, came_at__lt=days.ends_at)
    goes_on = Q(left_at__isnull=True) | Q(left_at__gt=days.begins_at)
    stays = ClassStay.objects.filter(began, goes_on, student__in=people.keys())
    return list(stays.order_by("came_at", "pk"))


def attended(
    people: Mapping[int, Person] | None, stays: Iterable[ClassStay]
) -> list[AttendedSession]:
    """Reckon stays that were read `with_next`, each session a row, in the order given.

    Without `people` the stays were read with their students.
    """
    stays, moment = list(stays), now()
    if not stays:
        return []
    until = max(stay.left_at or moment for stay in stays)
    if people is None:
        people = {pk: p for stay in stays for pk, p in own_person(stay.student).items()}
    ids = {stay.student_id for stay in stays}
    records = read_records(ids, min(stay.came_at for stay in stays) - LOOK_BACK, until)
    found: list[AttendedSession] = []
    for stay in stays:
        pk = stay.student_id
        whole = reckoned(stay, moment)
        changes = records.changes_of(pk, whole)
        rows = rows_of(whole, changes, records.states[pk])
        counts = feedback_of(rows, records.given[pk], getattr(stay, "next_came_at", None))
        for row, count in zip(rows, counts, strict=True):
            own = [
                one
                for one in changes
                if one.at >= stay.came_at and one.session_id in ("", row.session_id)
            ]
            found.append(AttendedSession(people[pk], stay, row, count, own))
    return found


def reckoned(stay: ClassStay, moment: datetime, days: DayRange | None = None) -> ReckonedStay:
    """Take a stay, or the part of it on some days, for reckoning at a moment."""
    ended_at = max(stay.left_at or moment, stay.came_at)
    if days is None:
        return ReckonedStay(stay.came_at, ended_at, stay.left_at is None)
    came_at, until = max(stay.came_at, days.begins_at), min(ended_at, days.ends_at)
    goes_on = stay.left_at is None and ended_at <= days.ends_at
    return ReckonedStay(came_at, max(came_at, until), goes_on)


def read_records(ids: Collection[int], since: datetime, until: datetime) -> Records:
    """Read what these students did and were given in a time."""
    changes: dict[int, list[StateChange]] = defaultdict(list)
    fields = ("at", "status", "session_id", "current_sentence", "progress", "skipped", "done")
    rows = PracticeChange.objects.filter(student__in=ids, at__gte=since, at__lte=until)
    ordered = rows.order_by("student", "at", "version")
    for student_id, *change in ordered.values_list("student_id", *fields):
        changes[student_id].append(StateChange(*change))
    states: dict[int, dict[str, SessionState]] = defaultdict(dict)
    columns = ("started_at", "last_update", "progress", "skipped", "done")
    # Of the sessions that are in the changes: a student has hundreds of others.
    keys = {(pk, one.session_id) for pk, own in changes.items() for one in own if one.session_id}
    sessions = PracticeSession.objects.filter(KeyAmong(("student", "session_id"), sorted(keys)))
    named = sessions.order_by().values_list("student_id", "session_id", *columns)
    for student_id, session_id, *state in named:
        states[student_id][session_id] = SessionState(*state)
    given: dict[int, list[Given]] = defaultdict(list)
    if source := messages():
        for student_id, at, session_id in source.given_to(ids, since, until + LATE_FEEDBACK):
            given[student_id].append(Given(at, session_id))
    return Records(changes, states, given)
