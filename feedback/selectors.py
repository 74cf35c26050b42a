"""Feedback that was given, newest first and by the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from feedback.models import Feedback
from speaktracker.text import normal_email

PAGE_ROWS = 50


class UnknownCursor(Exception):
    """`before` names no feedback of this caller."""


@dataclass(frozen=True, slots=True)
class Page:
    """At most PAGE_ROWS rows; `next` is the `before` of the page after it, None at the end."""

    rows: Sequence[Feedback]
    next: UUID | None


def given_by(tutor_id: int) -> QuerySet[Feedback]:
    """Select the feedback of a tutor."""
    return Feedback.objects.filter(tutor_id=tutor_id)


def received_by(student_id: int) -> QuerySet[Feedback]:
    """Select the feedback of a student."""
    return Feedback.objects.filter(student_id=student_id)


def page_of(
    own: QuerySet[Feedback],
    student_email: str | None = None,
    session_id: str | None = None,
    before: UUID | None = None,
) -> Page:
    """Read the page of `own` that follows `before`; raises UnknownCursor."""
    rows = own.filter(_older_than(own, before)) if before else own
    if student_email:
        rows = rows.filter(student_email=normal_email(student_email))
    if session_id:
        rows = rows.filter(session_id=session_id)
    found = list(rows.order_by("-timestamp", "-id")[: PAGE_ROWS + 1])
    shown = found[:PAGE_ROWS]
    return Page(shown, shown[-1].message_id if len(found) > PAGE_ROWS else None)


def _older_than(own: QuerySet[Feedback], before: UUID) -> Q:
    last = own.filter(message_id=before).values_list("timestamp", "id").first()
    if last is None:
        raise UnknownCursor
    timestamp, pk = last
    return Q(timestamp__lt=timestamp) | Q(timestamp=timestamp, id__lt=pk)
