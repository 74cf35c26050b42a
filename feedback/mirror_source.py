"""Feedback as the mirror reads it."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.signals import pre_delete
from django.dispatch import receiver

from feedback import store
from feedback.models import Feedback
from speaktracker.clock import now
from speaktracker.persistence.records import (
    FeedbackRecord,
    Key,
    feedback_key,
    split_feedback_key,
)


class FeedbackSource:
    """The source of the feedback-messages table."""

    def read(self, keys: Collection[Key]) -> Mapping[Key, FeedbackRecord | None]:
        """Find the feedback of `keys`."""
        wanted = Q(pk__in=[])
        for key in keys:
            tutor_email, student_email, session_id, timestamp = split_feedback_key(key)
            wanted |= Q(
                tutor_email=tutor_email,
                student_email=student_email,
                session_id=session_id,
                timestamp=timestamp,
            )
        return _records(_unexpired().filter(wanted))

    def batches(self, size: int) -> Iterator[Mapping[Key, FeedbackRecord]]:
        """Walk over every feedback."""
        last = 0
        while True:
            rows = list(_unexpired().filter(pk__gt=last).order_by("pk")[:size])
            if not rows:
                return
            yield _records(rows)
            last = rows[-1].pk


def _unexpired() -> QuerySet[Feedback]:
    return Feedback.objects.filter(expires_at__gt=now())


def _records(rows: Iterable[Feedback]) -> dict[Key, FeedbackRecord]:
    return {
        feedback_key(row.tutor_email, row.student_email, row.session_id, row.timestamp): _record(
            row
        )
        for row in rows
    }


def _record(row: Feedback) -> FeedbackRecord:
    return FeedbackRecord(
        message_id=str(row.message_id),
        tutor_email=row.tutor_email,
        student_email=row.student_email,
        session_id=row.session_id,
        timestamp=row.timestamp,
        message_text=row.message,
        message_type=row.message_type,
        ttl=row.expires_at,
        audio_url=row.audio_url,
    )


@receiver(pre_delete, sender=Feedback)
def _feedback_goes(instance: Feedback, **_kwargs: Any) -> None:
    store.mirror([instance])
