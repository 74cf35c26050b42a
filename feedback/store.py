"""Feedback records: stored as their student's next, under one key once, settled, expired."""

import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import IntegrityError, transaction
from uuid_utils.compat import uuid7

from feedback.models import Feedback, State
from feedback.selectors import given_last_but, last_of_session
from feedback.validation import Draft
from realtime.broadcast.delivery_attempts import Outcome
from realtime.help_calls import services as help_calls
from realtime.presence import connection_records, locks
from realtime.presence.connection_records import SocketAddress
from realtime.presence.news import News
from speaktracker.clock import now
from speaktracker.db.bulk_insert import insert_one
from speaktracker.db.rows.kept_query import KeptUpdate
from speaktracker.exceptions import Unavailable
from speaktracker.field_encryption.ciphertext import UnreadableText
from speaktracker.persistence import outbox
from speaktracker.persistence.records import FEEDBACK_LIFETIME, feedback_key
from speaktracker.persistence.tables import FEEDBACK
from speaktracker.roster.loans.selectors import charge_of

KEY_LIFETIME = timedelta(hours=24)
MILLISECOND = timedelta(milliseconds=1)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
PURGE_ROWS = 250
MIRROR_KEY = ("tutor_email", "student_email", "session_id", "timestamp")


class NotYourStudent(Exception):
    """The address is neither of a student of this tutor nor of one lent to them, or nobody's."""


class KeyReused(Exception):
    """The idempotency key was used for another body within 24 hours."""


class TooMuchFeedback(Exception):
    """The student was given as much by this tutor as one may; more may be `wait` seconds later."""

    def __init__(self, wait: float) -> None:
        super().__init__(wait)
        self.wait = wait


class Settled(NamedTuple):
    """How far feedback has come by the end of its delivery.

    `is_news` unless somebody else has moved it on meanwhile, and has announced it.
    """

    state: State
    acknowledged_at: datetime | None
    is_news: bool


@dataclass(frozen=True, slots=True)
class StoredFeedback:
    """Feedback that is in SQL, and the connections its student had live when it was stored.

    `news` is what became of a question of the student's, to be announced. `repeated` when an
    earlier call with its key stored it, which delivers it then.
    """

    row: Feedback
    live: Sequence[SocketAddress] = ()
    repeated: bool = False
    news: Sequence[News] = ()


def store(
    tutor_id: int, draft: Draft, idempotency_key: str | None = None, deadline: float = math.inf
) -> StoredFeedback:
    """Store a draft as its student's next message, or find what its key stored before.

    Raises NotYourStudent, KeyReused and TooMuchFeedback, and Unavailable after `deadline` (of the
    monotonic clock).
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
    of_key = Feedback.objects.filter(tutor_id=tutor_id, idempotency_key=idempotency_key)
    row = of_key.with_names().first()
    if row is None:
        return None
    if row.timestamp <= now() - KEY_LIFETIME:
        Feedback.objects.filter(pk=row.pk).update(idempotency_key=None)
        return None
    if not says_the_same(row, draft):
        raise KeyReused
    return StoredFeedback(row, repeated=True)


def says_the_same(row: Feedback, draft: Draft) -> bool:
    """Tell whether a row was made of such a draft; of one that cannot be read nobody knows.

    `client_timestamp` does not count: a repeated call may carry a later one. Nothing made of the
    text is stored to compare with: short texts could be guessed from a digest.
    """
    try:
        kept = (row.message, row.audio_url)
    except UnreadableText:
        return False
    about = (row.student_email, row.session_id, row.message_type, row.speak)
    return (*kept, *about) == (
        *(draft.message, draft.audio_url),
        *(draft.student_email, draft.session_id, draft.message_type, draft.speak),
    )


def next_timestamp(tutor_id: int, student_id: int, session_id: str) -> datetime:
    """Return now, or the millisecond after the last feedback of a session, where that is later."""
    last = last_of_session(tutor_id, student_id, session_id)
    # A timestamp is part of the key in the mirror: no two of a session may share a millisecond.
    return max(now(), last + MILLISECOND) if last else now()


def check_amount(tutor_id: int, student_id: int, moment: datetime) -> None:
    """Raise TooMuchFeedback when a student has had from this tutor what one may give them."""
    limits = settings.LIMITS
    may_have = [
        (limits.student_feedback_per_minute, MINUTE),
        (limits.student_feedback_per_day, DAY),
    ]
    for most, period in sorted(may_have):
        # The last but so many tells all, and it stands in the index: nothing is counted.
        first = given_last_but(most - 1, tutor_id, student_id)
        if first is not None and first > moment - period:
            raise TooMuchFeedback((first + period - moment).total_seconds())
        if first is None or first <= moment - DAY:
            return  # fewer than the least of both in a whole day


def create(tutor_id: int, draft: Draft, idempotency_key: str | None) -> StoredFeedback:
    """Store a draft under the lock of its student's presence row.

    Raises NotYourStudent and TooMuchFeedback.
    """
    charge = charge_of(tutor_id, draft.student_email)
    if charge is None:
        raise NotYourStudent
    student_id = charge.student_id
    turn = locks.next_message_turn(student_id)
    if turn is None:
        raise NotYourStudent
    # Under the lock: nobody else gives this student anything meanwhile.
    check_amount(tutor_id, student_id, now())
    timestamp = next_timestamp(tutor_id, student_id, draft.session_id)
    row = Feedback(
        message_id=uuid7(),
        student_id=student_id,
        tutor_id=tutor_id,
        for_tutor_id=charge.for_tutor_id,
        student_email=charge.student_email,
        tutor_email=charge.tutor_email,
        session_id=draft.session_id,
        message=draft.message,
        message_type=draft.message_type,
        audio_url=draft.audio_url,
        speak=draft.speak,
        timestamp=timestamp,
        client_timestamp=draft.client_timestamp,
        expires_at=timestamp + FEEDBACK_LIFETIME,
        sequence=turn.number,
        idempotency_key=idempotency_key,
    )
    insert_one(row)
    row.from_name = charge.tutor_name
    mirror([row])
    news = help_calls.answer(student_id) if turn.asks_for_help else ()
    # A connection takes this lock too: one that is not here yet will read and write the row itself.
    return StoredFeedback(row, live=connection_records.addresses(student_id), news=news)


_DELIVERED = KeptUpdate(
    lambda pk, at, status, connections: (
        Feedback.objects.filter(pk=pk, state=State.QUEUED),
        {"outcome": status, "outcome_connections": connections}
        | {"state": State.DELIVERED, "written_at": at},
    )
)


@transaction.atomic
def settle(pk: int, outcome: Outcome) -> Settled:
    """Keep the first call's outcome (`delivered`: a connection wrote it)."""
    if outcome.status == "delivered" and _DELIVERED.run(
        pk, now(), outcome.status, outcome.connections
    ):
        return Settled(State.DELIVERED, None, True)
    # Else the student's client was faster, or a reread, and has noted that it was written.
    kept = Feedback.objects.filter(pk=pk)
    kept.update(outcome=outcome.status, outcome_connections=outcome.connections)
    found = kept.values_list("state", "acknowledged_at").first()
    if found is None:  # its people were deleted meanwhile
        return Settled(State.QUEUED, None, False)
    return Settled(State(found[0]), found[1], found[0] == State.QUEUED)


@transaction.atomic
def purge() -> int:
    """Delete some of what is past its lifetime; return how many rows went."""
    # Of two processes that purge at once, each has its own batch.
    unlocked = Feedback.objects.select_for_update(skip_locked=True)
    expired = unlocked.filter(expires_at__lte=now()).order_by("expires_at")
    rows = list(expired.only(*MIRROR_KEY)[:PURGE_ROWS])
    mirror(rows)
    gone = Feedback.objects.filter(pk__in=[row.pk for row in rows])
    gone._raw_delete(gone.db)  # nothing refers to feedback; one by one it would be signalled
    return len(rows)


def mirror(rows: Iterable[Feedback]) -> None:
    """Queue rows for the mirror, inside the transaction that changes them."""
    outbox.changed_many(
        FEEDBACK,
        (
            feedback_key(row.tutor_email, row.student_email, row.session_id, row.timestamp)
            for row in rows
        ),
    )
