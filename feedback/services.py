"""Give feedback: store it, then deliver it. Nothing is pushed that is not stored."""

import asyncio
import hashlib
import json
import time
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal, cast

from feedback import store
from feedback.models import Feedback, State
from feedback.replay_source import numbered, tell_tutors
from realtime.broadcast.delivery import Receipt, deliver
from realtime.protocol.field_types import FeedbackState
from speaktracker import db, logs
from speaktracker.exceptions import Unavailable

Outcome = Literal["delivered", "queued", "failed"]

# The sender has an answer within 5 s. A thread that is still at it by then stores nothing more: it
# gives up a little earlier, since nobody can take back a commit that has begun.
STORE_SECONDS = 5.0
COMMIT_SECONDS = 1.0
REPEAT_POLL_SECONDS = 0.1
REPEAT_POLLS = 45


@dataclass(frozen=True, slots=True)
class Draft:
    """Feedback as its tutor wrote it; valid by `feedback.validation`."""

    student_email: str
    session_id: str
    message: str
    message_type: Literal["text", "tts"]
    audio_url: str | None = None
    speak: bool = False
    client_timestamp: str | None = None

    def digest(self) -> str:
        """Fingerprint the draft, to tell a repeated call from another one with its key."""
        said = asdict(self) | {"client_timestamp": None}  # a repeated call may carry a later one
        text = json.dumps(said, sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Given:
    """Stored feedback and how its first delivery went, to `connections` sockets."""

    message_id: str
    tutor_email: str
    draft: Draft
    timestamp: datetime
    outcome: Outcome
    connections: int
    state: FeedbackState = "queued"


@dataclass(frozen=True, slots=True)
class Stored:
    """Feedback that is in SQL; `repeated` when an earlier call with its key put it there."""

    row: Feedback
    draft: Draft
    repeated: bool


async def give_feedback(tutor_id: int, draft: Draft, idempotency_key: str | None = None) -> Given:
    """Store `draft`, deliver it and say within 5 s how that went.

    Raises NotYourStudent, KeyReused or Unavailable (then nothing was stored).
    """
    return await complete(await store_draft(tutor_id, draft, idempotency_key))


async def store_draft(tutor_id: int, draft: Draft, idempotency_key: str | None = None) -> Stored:
    """Store `draft` as its student's next message; raises as `give_feedback` does."""
    try:
        async with asyncio.timeout(STORE_SECONDS):
            row, repeated = await db.write(
                store.store,
                tutor_id,
                asdict(draft),
                idempotency_key=idempotency_key,
                digest=draft.digest(),
                deadline=time.monotonic() + STORE_SECONDS - COMMIT_SECONDS,
            )
    except TimeoutError:
        raise Unavailable("the database did not store in time") from None
    return Stored(row, draft, repeated)


async def complete(stored: Stored, asker: str | None = None) -> Given:
    """Deliver what is stored; a repeated call waits for the first one's outcome instead.

    `asker` is the connection that asked over the socket; it gets the answer, not the announcement.
    """
    row = stored.row
    if stored.repeated:
        row = await _outcome_of_first(row)
        return _given(stored.draft, row, _outcome(row), row.outcome_connections)
    receipt = await _deliver(row)
    outcome: Outcome = _settled(receipt)
    row.state = await _remember(row, outcome, receipt.confirmed)
    if row.state in (State.QUEUED, State.DELIVERED):  # else the student's client was faster
        tell_tutors([row], State(row.state), but_not_to=asker)
    return _given(stored.draft, row, outcome, receipt.confirmed)


async def _deliver(row: Feedback) -> Receipt:
    try:
        return await deliver(row.student_id, numbered(row))
    except Unavailable as error:
        # It is stored; every process rereads what nobody confirmed.
        _log_late(row, error)
        return Receipt(confirmed=0, online=True)


async def _remember(row: Feedback, outcome: Outcome, connections: int) -> State:
    try:
        return await db.write(store.settle, row.pk, outcome, connections)
    except Unavailable as error:
        _log_late(row, error)
        return State.DELIVERED if outcome == "delivered" else State.QUEUED


async def _outcome_of_first(row: Feedback) -> Feedback:
    for _ in range(REPEAT_POLLS):
        if row.outcome is not None:
            break
        await asyncio.sleep(REPEAT_POLL_SECONDS)
        row = await db.read(Feedback.objects.get, pk=row.pk)
    return row


def _settled(receipt: Receipt) -> Outcome:
    if receipt.confirmed:
        return "delivered"
    return "failed" if receipt.online else "queued"


def _outcome(row: Feedback) -> Outcome:
    if row.outcome is not None:
        return cast(Outcome, row.outcome)
    return "queued" if row.state == State.QUEUED else "delivered"


def _given(draft: Draft, row: Feedback, outcome: Outcome, connections: int) -> Given:
    return Given(
        str(row.message_id),
        row.tutor_email,
        draft,
        row.timestamp,
        outcome,
        connections,
        cast(FeedbackState, row.state),
    )


def _log_late(row: Feedback, error: Exception) -> None:
    logs.event(
        "error",
        status="error",
        message_type="feedback",
        error=f"delivery of {row.message_id} is left to the reread: {error}",
    )
