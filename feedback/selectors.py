"""Feedback that was given, newest first and by the page."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import UUID

from django.db.models import OuterRef, Q, Subquery

from feedback.models import Feedback, FeedbackQuerySet
from speaktracker.db.rows.kept_query import KeptQuery
from speaktracker.roster.models import TutorStudent, User
from speaktracker.roster.selectors import in_batches

PAGE_ROWS = 50
# All that `frames.last_feedback` shows.
HOW_FAR = ("student_id", "message_id", "state", "timestamp")


class UnknownCursor(Exception):
    """`before` names no feedback of this caller."""


@dataclass(frozen=True, slots=True)
class Page:
    """At most PAGE_ROWS rows; `next` is the `before` of the page after it, None at the end."""

    rows: Sequence[Feedback]
    next: UUID | None


def shown_to_tutor(tutor_id: int) -> tuple[FeedbackQuerySet, FeedbackQuerySet]:
    """Select the feedback that a tutor gave, and what substitutes gave to their students.

    Apart, since each has an index by time: a condition that ORs them would sort all of both.
    """
    given = Feedback.objects.filter(tutor_id=tutor_id)
    by_substitutes = Feedback.objects.filter(for_tutor_id=tutor_id)
    return given.with_whom_it_was_for(), by_substitutes.with_whom_it_was_for()


def received_by(student_id: int) -> FeedbackQuerySet:
    """Select the feedback of a student."""
    return Feedback.objects.filter(student_id=student_id)


def last_of_each(tutor_id: int, lent: Collection[int] = ()) -> dict[int, Feedback]:
    """Read what each student of a tutor was given by them last, without its text, by their ids.

    Of those who are `lent` to the tutor, too.
    """
    of_pair = Feedback.objects.filter(tutor_id=tutor_id, student_id=OuterRef("student_id"))
    last = Subquery(of_pair.order_by("-timestamp").values("pk")[:1])
    mappings = [TutorStudent.objects.filter(tutor_id=tutor_id)]
    mappings += [TutorStudent.objects.filter(student_id__in=some) for some in in_batches(lent)]
    ids: list[int | None] = []
    for some_mappings in mappings:
        ids += some_mappings.order_by().annotate(last=last).values_list("last", flat=True)
    found: dict[int, Feedback] = {}
    for batch in in_batches(pk for pk in ids if pk is not None):
        rows = Feedback.objects.filter(pk__in=batch).order_by()
        found |= {row.student_id: row for row in rows.only(*HOW_FAR)}
    return found


def given_last_but(number: int, tutor_id: int, student_id: int) -> datetime | None:
    """Return when a student had their last feedback of a tutor but so many; None: never so many."""
    found = _last_but(number).rows(tutor_id, student_id)
    return found[0][0] if found else None


@cache
def _last_but(number: int) -> KeptQuery[Feedback]:
    return KeptQuery(
        lambda tutor_id, student_id: (
            Feedback.objects.filter(tutor_id=tutor_id, student_id=student_id)
            .order_by("-timestamp")
            .values_list("timestamp")[number : number + 1]
        )
    )


_LAST_OF_SESSION = KeptQuery(
    lambda tutor_id, student_id, session_id: (
        Feedback.objects.filter(tutor_id=tutor_id, student_id=student_id, session_id=session_id)
        .order_by("-timestamp")
        .values_list("timestamp")[:1]
    )
)


def last_of_session(tutor_id: int, student_id: int, session_id: str) -> datetime | None:
    """Return when a student had their last feedback of a tutor for a session; None: none yet."""
    found = _LAST_OF_SESSION.rows(tutor_id, student_id, session_id)
    return found[0][0] if found else None


def page_of(
    *own: FeedbackQuerySet,
    student_email: str | None = None,
    session_id: str | None = None,
    before: UUID | None = None,
) -> Page:
    """Read the page that follows `before` of the selections together; raises UnknownCursor."""
    about = Q(session_id=session_id) if session_id else Q()
    if student_email:
        # By id, which leads an index with the time; the address leads one of sessions.
        person = User.objects.filter(email=student_email).order_by().values_list("pk", flat=True)
        about &= Q(student_id=person.first())
    if before:
        about &= _older_than(own, before)
    newest: list[Feedback] = []
    for rows in own:
        found = rows.filter(about).with_names().order_by("-timestamp", "-id")
        newest += found[: PAGE_ROWS + 1]
    newest.sort(key=lambda row: (row.timestamp, row.pk), reverse=True)
    shown = newest[:PAGE_ROWS]
    return Page(shown, shown[-1].message_id if len(newest) > PAGE_ROWS else None)


def _older_than(own: Iterable[FeedbackQuerySet], before: UUID) -> Q:
    for rows in own:
        if last := rows.filter(message_id=before).values_list("timestamp", "id").first():
            timestamp, pk = last
            # The first condition is all that an index can begin at.
            return Q(timestamp__lte=timestamp) & (Q(timestamp__lt=timestamp) | Q(id__lt=pk))
    raise UnknownCursor
