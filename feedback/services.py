"""Give feedback: store it, then deliver it. Nothing is pushed that is not stored.

At the end what every process does for feedback beside its sockets.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable

from feedback import store
from feedback.frames import feedback_status, numbered
from feedback.models import Feedback, State
from feedback.store import StoredFeedback
from feedback.validation import Draft
from realtime.broadcast import publish
from realtime.broadcast.delivery_attempts import Outcome, deliver
from speaktracker import db, logs
from speaktracker.db.purging import purge_in_batches
from speaktracker.exceptions import Unavailable
from speaktracker.field_encryption.key_check import key_trouble

# The sender has an answer within 5 s. A thread that is still at it by then stores nothing more: it
# gives up a little earlier, since nobody can take back a commit that has begun.
STORE_SECONDS = 5.0
COMMIT_SECONDS = 1.0
REPEAT_POLL_SECONDS = 0.1
REPEAT_POLLS = 45
PURGE_SECONDS = 600
KEY_CHECK_SECONDS = 600


async def give_feedback(
    tutor_id: int, draft: Draft, idempotency_key: str | None = None
) -> Feedback:
    """Store `draft`, deliver it and return its row with the `outcome`, within 5 s.

    Raises NotYourStudent, KeyReused, TooMuchFeedback or Unavailable (then nothing was stored).
    """
    return await complete(await store_draft(tutor_id, draft, idempotency_key))


async def store_draft(
    tutor_id: int, draft: Draft, idempotency_key: str | None = None
) -> StoredFeedback:
    """Store `draft` as its student's next message; raises as `give_feedback` does."""
    deadline = time.monotonic() + STORE_SECONDS - COMMIT_SECONDS
    try:
        async with asyncio.timeout(STORE_SECONDS):
            return await db.write(store.store, tutor_id, draft, idempotency_key, deadline)
    except TimeoutError:
        raise Unavailable("the database did not store in time") from None


async def complete(stored: StoredFeedback) -> Feedback:
    """Deliver what is stored, and return its row with the `outcome`.

    A repeated call waits for the first one's outcome instead, and may raise Unavailable.
    """
    if stored.repeated:
        return await outcome_of_first(stored.row)
    row = stored.row
    publish.announce(stored.news)
    try:
        outcome = await deliver(row.student_id, numbered(row), stored.live)
    except Unavailable as error:
        _log_left(row, error)
        outcome = Outcome("failed", 0)
    row.outcome, row.outcome_connections = outcome.status, outcome.connections
    try:
        settled = await db.write(store.settle, row.pk, outcome)
        row.state, row.acknowledged_at, is_news = settled
    except Unavailable as error:
        _log_left(row, error)
        row.state = State.DELIVERED if outcome.status == "delivered" else State.QUEUED
        is_news = True
    if is_news:  # else a reread was faster, or the student's client, and has told it
        publish_states([row])
    return row


async def outcome_of_first(row: Feedback) -> Feedback:
    """Wait for the outcome of the call that stored `row`, and take its state for one at the end.

    Raises Unavailable.
    """
    for _ in range(REPEAT_POLLS):
        if row.outcome is not None:
            return row
        await asyncio.sleep(REPEAT_POLL_SECONDS)
        row = await db.read(Feedback.objects.with_names().get, pk=row.pk)
    if row.outcome is None:
        row.outcome = "queued" if row.state == State.QUEUED else "delivered"
    return row


def publish_states(rows: Iterable[Feedback]) -> None:
    """Publish each row's state to its tutor's dashboards, where there is a tutor still."""
    for row in rows:
        if row.tutor_id is not None:
            publish.feedback_status(row.tutor_id, feedback_status(row))


def _log_left(row: Feedback, error: Exception) -> None:
    """Log what a database that is away left undone: it is stored, and reread by every process."""
    logs.event(
        "error",
        status="error",
        message_type="feedback",
        error=f"delivery of {row.message_id} is left to the reread: {error}",
    )


async def purge() -> None:
    """Delete feedback past its lifetime."""
    await purge_in_batches(store.purge)


async def check_keys() -> None:
    """Log which keys of stored feedback this process lacks, where no `serve` refused to start."""
    if trouble := await db.read(key_trouble):
        logs.event("error", status="error", error=trouble)


def duties() -> list[tuple[float, Callable[[], Awaitable[None]]]]:
    """List the duties with their periods in seconds."""
    return [(PURGE_SECONDS, purge), (KEY_CHECK_SECONDS, check_keys)]
