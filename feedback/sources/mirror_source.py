"""Feedback as the mirror reads it."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from django.db.models import QuerySet
from django.db.models.signals import pre_delete
from django.dispatch import receiver

from feedback import store
from feedback.models import Feedback
from speaktracker.clock import now
from speaktracker.db.key_lookup import KeyAmong
from speaktracker.field_encryption.encrypted_text import at_rest
from speaktracker.persistence.records import (
    FeedbackRecord,
    Key,
    feedback_key,
    own_feedback_key,
)
from speaktracker.roster.selectors import is_of_people

# In the order in which `split_feedback_key` answers them; the model has an index of them.
KEY_FIELDS = store.MIRROR_KEY
RECORD_FIELDS = (*KEY_FIELDS, "message_id", "message", "message_type", "audio_url", "expires_at")


class FeedbackSource:
    """The source of the feedback-messages table."""

    def read(self, keys: Collection[Key]) -> Mapping[Key, FeedbackRecord | None]:
        """Find the feedback of `keys`."""
        among = KeyAmong(KEY_FIELDS, [parts for parts in map(own_feedback_key, keys) if parts])
        return _records(_unexpired().filter(among))

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
    return Feedback.objects.filter(expires_at__gt=now()).only(*RECORD_FIELDS).order_by()


def _records(rows: Iterable[Feedback]) -> dict[Key, FeedbackRecord]:
    return {
        feedback_key(row.tutor_email, row.student_email, row.session_id, row.timestamp): _record(
            row
        )
        for row in rows
    }


def _record(row: Feedback) -> FeedbackRecord:
    # Texts go over as they stand in SQL: encrypted there, encrypted in the mirror.
    return FeedbackRecord(
        message_id=str(row.message_id),
        tutor_email=row.tutor_email,
        student_email=row.student_email,
        session_id=row.session_id,
        timestamp=row.timestamp,
        message_text=at_rest(row, "message") or "",
        message_type=row.message_type,
        ttl=row.expires_at,
        audio_url=at_rest(row, "audio_url"),
    )


@receiver(pre_delete, sender=Feedback)
def _feedback_goes(instance: Feedback, origin: Any, **_kwargs: Any) -> None:
    if not is_of_people(origin):
        store.mirror([instance])
