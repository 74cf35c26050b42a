"""Stays in class and changes of practice, kept in the transactions that make them.

Whatever is written twice, after an outage or by another process, is the same row.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from django.db import transaction
from django.db.models import F, Manager, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from realtime.history_models import ClassStay, PracticeChange
from realtime.models import Presence
from realtime.presence.class_rules import Practice, Report, Student, StudentChange
from realtime.presence.locks import LockedStudent
from realtime.presence.news import Announcement, News
from speaktracker.clock import now
from speaktracker.db.bulk_insert import insert_missing
from speaktracker.db.bulk_update import update_many
from speaktracker.db.rows.given_values import AnyOf
from speaktracker.db.rows.kept_query import KeptQuery

LIFETIME = timedelta(days=30)
PURGE_ROWS = 1_000
MENDED_TOGETHER = 500
# A change of practice as its table has it.
Row = tuple[int, datetime, int, str, str, str, float, int, int | None]
COLUMNS = (
    "student",
    "at",
    "version",
    "status",
    "session_id",
    "current_sentence",
    "progress",
    "skipped",
    "done",
)


def record_stays(news: Iterable[News], seen_at: Mapping[int, datetime] | None = None) -> None:
    """Begin a stay with each join among `news`, and end one with each leave.

    Who did not finish left when they were `seen_at` last, by student ids, or now. It runs in the
    transaction of the news.
    """
    begun: dict[int, ClassStay] = {}
    ended: dict[int, ClassStay] = {}
    made: list[ClassStay] = []
    joins: list[Row] = []
    for item in news:
        # What the roster does takes students from tutor to tutor, and nobody out of class.
        if not isinstance(item, Announcement) or item.membership:
            continue
        change, student = item.change, item.change.student
        if change.action == "student_joined":
            stay = _stay_of(student, item.tutor.user_id if item.tutor else None)
            begun[student.student_id] = stay
            made.append(stay)
            joins.append(
                _row(student.student_id, stay.came_at, student.practice_version, student.practice)
            )
        elif change.action == "student_left":
            end = begun.pop(student.student_id, None)
            if end is None:
                end = ended[student.student_id] = ClassStay(student_id=student.student_id)
            end.left_at, end.reason = _left_at(change, seen_at or {}), change.reason or ""
    _end(ended)
    if made:
        _begin(made)
        insert_missing(PracticeChange, COLUMNS, joins)


def record_changes(
    reports: Collection[Report], changes: Collection[Report], locked: Mapping[int, LockedStudent]
) -> None:
    """Keep what changed status, session or sentence, before the `locked` follow the `reports`.

    `changes` are what a process saw change since its last batch; of those and the reports, what
    says the same as the one before it is left out. Runs in the transaction.
    """
    seen = {(report.student_id, report.version) for report in changes}
    every = {(report.student_id, report.version): report for report in (*changes, *reports)}
    doing: dict[int, tuple[str | None, str | None, str]] = {}
    rows: list[Row] = []
    for key, report in sorted(every.items(), key=lambda item: item[1].version):
        known = locked.get(report.student_id)
        if known is None:
            continue
        student = known.student
        # Another process's later word is in already, or others took this student for gone.
        if report.version <= student.practice_version or not student.online:
            is_change = key in seen
        else:
            before = doing.get(report.student_id) or _doing(student.practice)
            doing[report.student_id] = _doing(report)
            is_change = before != doing[report.student_id]
        if is_change:
            at, version = report.arrived_at, report.version
            rows.append(_row(report.student_id, at, version, report, report.done))
    insert_missing(PracticeChange, COLUMNS, rows)


@transaction.atomic
def mend_stays() -> int:
    """Begin and end stays whose joins and leaves the release before this one wrote; count them."""
    # Each by the index of its own few, in its order: joined, PostgreSQL reads one of them whole.
    open_stays = ClassStay.objects.filter(left_at__isnull=True).order_by("student_id")
    in_class = Presence.objects.filter(in_class=True, came_at__isnull=False).order_by("student_id")
    begun = set(open_stays.values_list("student_id", flat=True))
    here = set(in_class.values_list("student_id", flat=True))
    over = sorted(begun - here)[:MENDED_TOGETHER]
    missing = sorted(here - begun)[:MENDED_TOGETHER]
    mended = _end_forgotten(ClassStay.objects.filter(student__in=over)) if over else 0
    made = [
        ClassStay(
            student_id=row.student_id,
            tutor_id=row.tutor_id,
            group=row.group,
            came_at=row.came_at,
        )
        for row in Presence.objects.filter(student__in=missing, in_class=True).order_by()
        if row.came_at
    ]
    _insert(made)
    return mended + len(made)


@transaction.atomic
def purge_stays() -> int:
    """Delete some of the stays past their lifetime; return how many went."""
    return _purge_first(ClassStay.objects, "left_at")


@transaction.atomic
def purge_changes_of_practice() -> int:
    """Delete some of the changes past their lifetime; return how many went."""
    return _purge_first(PracticeChange.objects, "at")


def _purge_first(rows: Manager[Any], end: str) -> int:
    """Delete those of the first rows whose `end` is too long ago; count them."""
    latest = now() - LIFETIME
    first = rows.order_by("pk").values_list("pk", end)[:PURGE_ROWS]
    over = [pk for pk, ended_at in first if ended_at and ended_at < latest]
    if over:
        # Between their ends, not by their keys: to so many PostgreSQL may prefer the whole table.
        between = rows.filter(pk__range=(over[0], over[-1])).order_by()
        gone = between.filter(**{f"{end}__lt": latest})
        gone._raw_delete(gone.db)
    return len(over)


def _stay_of(student: Student, tutor_id: int | None) -> ClassStay:
    told = student.circumstances
    return ClassStay(
        student_id=student.student_id,
        tutor_id=tutor_id,
        group=told.group,
        came_at=cast(datetime, told.came_at),
    )


# As good as ever none: that of a leave that nobody wrote.
_OPEN = KeptQuery(
    lambda ids: (
        ClassStay.objects.filter(AnyOf("student_id", ids), left_at__isnull=True)
        .order_by()
        .values_list("pk")
    )
)


def _begin(stays: Collection[ClassStay]) -> None:
    if forgotten := _OPEN.rows({stay.student_id for stay in stays}):
        _end_forgotten(ClassStay.objects.filter(pk__in=[pk for (pk,) in forgotten]))
    _insert(stays)


def _insert(stays: Collection[ClassStay]) -> None:
    # One that begins and ends in the same batch is over already.
    rows = [
        (each.student_id, each.tutor_id, each.group, each.came_at, each.left_at, each.reason)
        for each in stays
    ]
    insert_missing(ClassStay, ("student", "tutor", "group", "came_at", "left_at", "reason"), rows)


def _left_at(change: StudentChange, seen_at: Mapping[int, datetime]) -> datetime:
    student = change.student
    said_at = student.practice.last_update
    if change.reason == "finished" and said_at:
        return said_at
    seen = seen_at.get(student.student_id, now())
    # Between the last sign of life of a process and its end some may have reported.
    return max(seen, said_at or seen)


def _end(ended: Mapping[int, ClassStay]) -> None:
    if not ended:
        return
    still_open = ClassStay.objects.filter(student__in=ended, left_at__isnull=True).order_by()
    rows = list(still_open)
    for row in rows:
        end = ended[row.student_id]
        # By another machine's clock, or that of a process that died, it might end before it began.
        row.left_at, row.reason = max(end.left_at or row.came_at, row.came_at), end.reason
    update_many(rows, ("left_at", "reason"))


def _end_forgotten(stays: QuerySet[ClassStay]) -> int:
    """End open stays whose leave nobody wrote, where the last was heard of the student."""
    last = PracticeChange.objects.filter(
        student=OuterRef("student"), at__gte=OuterRef("came_at")
    ).order_by("-at")
    return (
        stays.filter(left_at__isnull=True)
        .order_by()
        .update(
            left_at=Coalesce(Subquery(last.values("at")[:1]), F("came_at")),
            reason="disconnected",
        )
    )


def _doing(said: Practice) -> tuple[str | None, str | None, str]:
    return said.status, said.session_id, said.current_sentence


def _row(
    student_id: int, at: datetime, version: int, said: Practice, done: int | None = None
) -> Row:
    return (
        student_id,
        at,
        version,
        said.status or "",
        said.session_id or "",
        said.current_sentence,
        said.progress,
        said.skipped,
        done,
    )
