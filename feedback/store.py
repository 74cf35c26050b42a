"""Feedback records: stored, confirmed, acknowledged, expired; each is one transaction."""

import math
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from uuid_utils.compat import uuid7

from feedback.models import Feedback, State
from realtime.presence import locks
from speaktracker.clock import now
from speaktracker.exceptions import Unavailable
from speaktracker.persistence import outbox
from speaktracker.persistence.records import FEEDBACK_LIFETIME, feedback_key
from speaktracker.persistence.tables import FEEDBACK
from speaktracker.roster.models import TutorStudent
from speaktracker.text import normal_email

KEY_LIFETIME = timedelta(hours=24)
MILLISECOND = timedelta(milliseconds=1)
PURGE_ROWS = 500
# From each state, the ones a client may still move it to.
_BEFORE = {
    State.DELIVERED: [State.QUEUED],
    State.SEEN: [State.QUEUED, State.DELIVERED],
    State.PLAYED: [State.QUEUED, State.DELIVERED, State.SEEN],
}


class NotYourStudent(Exception):
    """The address is not one of this tutor's students, or nobody's."""


class KeyReused(Exception):
    """The idempotency key was used for another body within 24 hours."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A tutor and one of their students."""

    tutor_id: int
    tutor_email: str
    student_id: int
    student_email: str


def store(
    tutor_id: int,
    draft: Mapping[str, Any],
    *,
    idempotency_key: str | None,
    digest: str,
    deadline: float = math.inf,
) -> tuple[Feedback, bool]:
    """Store a draft as its student's next message; True with it when the key stored it before.

    Raises NotYourStudent and KeyReused, and Unavailable after `deadline` (of the monotonic clock).
    """
    try:
        with transaction.atomic():
            stored = _store(tutor_id, draft, idempotency_key, digest)
            if time.monotonic() > deadline:
                # The tutor was told that nothing was stored, and gives it again.
                raise Unavailable("the database took too long")
            return stored
    except IntegrityError:
        # Two calls with one key raced for two students; the other one has it.
        raise KeyReused from None


def _store(
    tutor_id: int, draft: Mapping[str, Any], key: str | None, digest: str
) -> tuple[Feedback, bool]:
    first = _first(tutor_id, key, digest)
    if first is not None:
        return first, True
    pair = _pair(tutor_id, draft["student_email"])
    last = locks.sequence(pair.student_id)
    if last is None:
        raise NotYourStudent
    # Looked up again under the lock: a call with the same key may have just stored it.
    first = _first(tutor_id, key, digest)
    if first is not None:
        return first, True
    locks.count_to(pair.student_id, last + 1)
    return _create(pair, draft, key, digest, last + 1), False


def _create(
    pair: Pair, draft: Mapping[str, Any], key: str | None, digest: str, number: int
) -> Feedback:
    timestamp = _timestamp(pair, draft["session_id"])
    row = Feedback.objects.create(
        **{**draft, "student_email": pair.student_email},
        message_id=uuid7(),
        student_id=pair.student_id,
        tutor_id=pair.tutor_id,
        tutor_email=pair.tutor_email,
        timestamp=timestamp,
        expires_at=timestamp + FEEDBACK_LIFETIME,
        sequence=number,
        idempotency_key=key,
        request_digest=digest,
    )
    mirror([row])
    return row


def settle(pk: int, outcome: str, connections: int) -> State:
    """Keep the first call's answer (`delivered`: a connection wrote it); return the state now."""
    Feedback.objects.filter(pk=pk).update(outcome=outcome, outcome_connections=connections)
    if outcome == "delivered":
        _advance(Feedback.objects.filter(pk=pk), State.DELIVERED)
        Feedback.objects.filter(pk=pk, written_at__isnull=True).update(written_at=now())
    found = Feedback.objects.filter(pk=pk).values_list("state", flat=True).first()
    return State(found or State.QUEUED)  # its people may have been deleted meanwhile


@transaction.atomic
def confirm(student_id: int, message_ids: Sequence[str]) -> list[Feedback]:
    """Note that a connection wrote these; return those that nobody had confirmed before."""
    rows = Feedback.objects.filter(
        student_id=student_id, message_id__in=message_ids, written_at__isnull=True
    )
    news = list(rows.select_for_update())
    Feedback.objects.filter(pk__in=[row.pk for row in news]).update(written_at=now())
    _advance(Feedback.objects.filter(pk__in=[row.pk for row in news]), State.DELIVERED)
    return [row for row in news if row.state == State.QUEUED]


@transaction.atomic
def acknowledge(student_id: int, message_ids: Collection[str], state: State) -> list[Feedback]:
    """Move a student's own messages on to `state`; return those that moved."""
    own = Feedback.objects.filter(student_id=student_id, message_id__in=message_ids)
    own.filter(written_at__isnull=True).update(written_at=now())
    own.filter(acknowledged_at__isnull=True).update(acknowledged_at=now())
    moved = list(own.filter(state__in=_BEFORE[state]).select_for_update())
    _advance(Feedback.objects.filter(pk__in=[row.pk for row in moved]), state)
    return moved


@transaction.atomic
def purge() -> int:
    """Delete what is past its lifetime and free old keys; return how many rows went."""
    moment = now()
    Feedback.objects.filter(
        idempotency_key__isnull=False, timestamp__lte=moment - KEY_LIFETIME
    ).update(idempotency_key=None)
    expired = list(Feedback.objects.filter(expires_at__lte=moment)[:PURGE_ROWS])
    mirror(expired)
    Feedback.objects.filter(pk__in=[row.pk for row in expired]).delete()
    return len(expired)


def mirror(rows: Collection[Feedback]) -> None:
    """Queue rows for the mirror, inside the transaction that changes them."""
    outbox.changed_many(
        FEEDBACK,
        [
            feedback_key(row.tutor_email, row.student_email, row.session_id, row.timestamp)
            for row in rows
        ],
    )


def _advance(rows: Any, state: State) -> None:
    rows.filter(state__in=_BEFORE[state]).update(state=state)


def _first(tutor_id: int, key: str | None, digest: str) -> Feedback | None:
    if key is None:
        return None
    row = Feedback.objects.filter(tutor_id=tutor_id, idempotency_key=key).first()
    if row is None:
        return None
    if row.timestamp <= now() - KEY_LIFETIME:
        Feedback.objects.filter(pk=row.pk).update(idempotency_key=None)
        return None
    if row.request_digest != digest:
        raise KeyReused
    return row


def _pair(tutor_id: int, student_email: str) -> Pair:
    mappings = TutorStudent.objects.filter(
        tutor_id=tutor_id, student__email=normal_email(student_email)
    )
    names = ("tutor_id", "tutor__email", "student_id", "student__email")
    for found in mappings.order_by().values_list(*names):
        return Pair(*found)
    raise NotYourStudent


def _timestamp(pair: Pair, session_id: str) -> datetime:
    """Take the time now, or a millisecond after the last one with this key."""
    last = (
        Feedback.objects.filter(
            tutor_id=pair.tutor_id, student_id=pair.student_id, session_id=session_id
        )
        .order_by("-timestamp")
        .values_list("timestamp", flat=True)
        .first()
    )
    return max(now(), last + MILLISECOND) if last else now()
