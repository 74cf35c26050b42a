"""Feedback records: stored, settled, confirmed, acknowledged, expired; each in one transaction."""

import math
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models.functions import Coalesce
from uuid_utils.compat import uuid7

from feedback.models import Feedback, State
from feedback.validation import Draft
from realtime.broadcast.delivery_attempts import Outcome
from realtime.presence import connection_records, locks
from realtime.presence.connection_records import SocketAddress
from speaktracker.clock import now
from speaktracker.exceptions import Unavailable
from speaktracker.persistence import outbox
from speaktracker.persistence.records import FEEDBACK_LIFETIME, feedback_key
from speaktracker.persistence.tables import FEEDBACK
from speaktracker.roster.models import TutorStudent

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
class StoredFeedback:
    """Feedback that is in SQL, and the connections its student had live when it was stored.

    `repeated` when an earlier call with its key stored it, which delivers it then.
    """

    row: Feedback
    live: Sequence[SocketAddress] = ()
    repeated: bool = False


def store(
    tutor_id: int, draft: Draft, idempotency_key: str | None = None, deadline: float = math.inf
) -> StoredFeedback:
    """Store a draft as its student's next message, or find what its key stored before.

    Raises NotYourStudent and KeyReused, and Unavailable after `deadline` (of the monotonic clock).
    """
    try:
        with transaction.atomic():
            stored = find_first(tutor_id, draft, idempotency_key) if idempotency_key else None
            stored = stored or create(tutor_id, draft, idempotency_key)
            if time.monotonic() > deadline:
                # The tutor was told that nothing was stored, and gives it again.
                raise Unavailable("the database took too long")
            return stored
    except IntegrityError:
        # Another call with this key has stored meanwhile; else one of the two people is gone.
        stored = find_first(tutor_id, draft, idempotency_key) if idempotency_key else None
        if stored is None:
            raise NotYourStudent from None
        return stored


def find_first(tutor_id: int, draft: Draft, idempotency_key: str) -> StoredFeedback | None:
    """Find what a tutor's key stored within 24 hours, and free one that is older.

    Raises KeyReused when it stored something else than `draft`.
    """
    row = Feedback.objects.filter(tutor_id=tutor_id, idempotency_key=idempotency_key).first()
    if row is None:
        return None
    if row.timestamp <= now() - KEY_LIFETIME:
        Feedback.objects.filter(pk=row.pk).update(idempotency_key=None)
        return None
    if row.request_digest != draft.digest():
        raise KeyReused
    return StoredFeedback(row, repeated=True)


def next_timestamp(tutor_id: int, student_id: int, session_id: str) -> datetime:
    """Return now, or the millisecond after the last feedback of a session, where that is later."""
    same_session = Feedback.objects.filter(
        tutor_id=tutor_id, student_id=student_id, session_id=session_id
    )
    last = same_session.order_by("-timestamp").values_list("timestamp", flat=True).first()
    # A timestamp is part of the key in the mirror: no two of a session may share a millisecond.
    return max(now(), last + MILLISECOND) if last else now()


def create(tutor_id: int, draft: Draft, idempotency_key: str | None) -> StoredFeedback:
    """Store a draft under the lock of its student's presence row; raises NotYourStudent."""
    mapping = TutorStudent.objects.filter(tutor_id=tutor_id, student__email=draft.student_email)
    people = ("student_id", "student__email", "tutor__email")
    found = next(iter(mapping.order_by().values_list(*people)), None)
    if found is None:
        raise NotYourStudent
    student_id, student_email, tutor_email = found
    number = locks.next_message_number(student_id)
    if number is None:
        raise NotYourStudent
    # Under the lock: nobody else gives this student anything meanwhile.
    timestamp = next_timestamp(tutor_id, student_id, draft.session_id)
    row = Feedback.objects.create(
        message_id=uuid7(),
        student_id=student_id,
        tutor_id=tutor_id,
        student_email=student_email,
        tutor_email=tutor_email,
        session_id=draft.session_id,
        message=draft.message,
        message_type=draft.message_type,
        audio_url=draft.audio_url,
        speak=draft.speak,
        timestamp=timestamp,
        client_timestamp=draft.client_timestamp,
        expires_at=timestamp + FEEDBACK_LIFETIME,
        sequence=number,
        idempotency_key=idempotency_key,
        request_digest=draft.digest() if idempotency_key else "",
    )
    mirror([row])
    # A connection takes this lock too: one that is not here yet will read and write the row itself.
    return StoredFeedback(row, live=connection_records.addresses(student_id))


@transaction.atomic
def settle(pk: int, outcome: Outcome) -> State:
    """Keep the first call's outcome (`delivered`: a connection wrote it); return the state now."""
    kept = Feedback.objects.filter(pk=pk)
    answer = {"outcome": outcome.status, "outcome_connections": outcome.connections}
    if outcome.status == "delivered":
        delivered = {"state": State.DELIVERED, "written_at": now()}
        if kept.filter(state=State.QUEUED).update(**answer, **delivered):
            return State.DELIVERED
    # Else the student's client was faster, or a reread, and has noted that it was written.
    kept.update(**answer)
    found = kept.values_list("state", flat=True).first()
    return State(found or State.QUEUED)  # its people may have been deleted meanwhile


@transaction.atomic
def confirm(student_id: int, message_ids: Sequence[str]) -> list[Feedback]:
    """Note that a connection wrote these; return those that are `delivered` only now."""
    own = Feedback.objects.filter(student_id=student_id, message_id__in=message_ids)
    unwritten = list(own.filter(written_at__isnull=True).select_for_update())
    own.filter(pk__in=[row.pk for row in unwritten]).update(written_at=now())
    return move_on(unwritten, State.DELIVERED)


@transaction.atomic
def acknowledge(student_id: int, message_ids: Collection[str], state: State) -> list[Feedback]:
    """Note what a student's client did with its own messages; return those that moved on."""
    own = Feedback.objects.filter(student_id=student_id, message_id__in=message_ids)
    moment = now()
    own.update(
        written_at=Coalesce("written_at", moment),
        acknowledged_at=Coalesce("acknowledged_at", moment),
    )
    return move_on(own.filter(state__in=_BEFORE[state]).select_for_update(), state)


def move_on(rows: Iterable[Feedback], state: State) -> list[Feedback]:
    """Move those locked rows on to `state` that have not come as far yet, and return them."""
    moved = [row for row in rows if row.state in _BEFORE[state]]
    for row in moved:
        row.state = state
    Feedback.objects.filter(pk__in=[row.pk for row in moved]).update(state=state)
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
