"""Feedback as the numbered messages that a student's connections receive and catch up on."""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from typing import cast
from weakref import WeakKeyDictionary

from msgspec import UNSET

from feedback import store
from feedback.models import Feedback, State
from realtime.broadcast import publish
from realtime.broadcast.delivery import NumberedMessage
from realtime.protocol.field_types import FeedbackState, MessageType
from realtime.protocol.server_messages import FeedbackFrame, FeedbackStatus, encode
from speaktracker import db
from speaktracker.clock import now, wire
from speaktracker.db.batching import Batch

TOGETHER = 100


def frame(row: Feedback) -> FeedbackFrame:
    """Show a row as its student receives it."""
    return FeedbackFrame(
        from_=row.tutor_email,
        student_email=row.student_email,
        session_id=row.session_id,
        message=row.message,
        message_type=cast(MessageType, row.message_type),
        timestamp=wire(row.timestamp),
        message_id=str(row.message_id),
        audio_url=row.audio_url or UNSET,
        speak=row.speak or UNSET,
    )


def numbered(row: Feedback) -> NumberedMessage:
    """Make a row ready to be written."""
    return NumberedMessage(row.sequence, str(row.message_id), encode(frame(row)))


def tell_tutors(rows: Iterable[Feedback], state: State, but_not_to: str | None = None) -> None:
    """Tell each tutor's dashboards, but for one connection's, how far their feedback has come."""
    for row in rows:
        status = FeedbackStatus(
            message_id=str(row.message_id),
            student_email=row.student_email,
            state=cast(FeedbackState, state.value),
        )
        publish.feedback_status(row.tutor_id, status, but_not_to)


# A student's id, and whether their client acknowledges.
Reader = tuple[int, bool]
Replays = Batch[Reader, Sequence[NumberedMessage]]


class FeedbackMessages:
    """The source of the numbered messages of students (see realtime.broadcast.delivery.Source)."""

    def __init__(self) -> None:
        self._replays: WeakKeyDictionary[asyncio.AbstractEventLoop, Replays] = WeakKeyDictionary()

    async def undelivered(self, user_id: int, acknowledges: bool) -> Sequence[NumberedMessage]:
        """Read what nobody confirmed; for a client that acknowledges, what it never did.

        Students who come at the same time are read for together.
        """
        loop = asyncio.get_running_loop()
        batch = self._replays.get(loop)
        if batch is None:
            batch = self._replays[loop] = Batch(_read_undelivered, TOGETHER)
        return await batch.ask((user_id, acknowledges))

    async def after(self, user_id: int, sequence: int) -> Sequence[NumberedMessage]:
        """Read what comes after `sequence`."""
        return await db.read(_after, user_id, sequence)

    async def waiting(self, user_ids: Collection[int]) -> Collection[int]:
        """Tell which of these students have feedback that nobody confirmed."""
        return await db.read(_waiting, user_ids)

    async def written(self, user_id: int, message_ids: Sequence[str]) -> None:
        """Remember that a connection wrote these, and tell their tutors."""
        news = await db.write(store.confirm, user_id, message_ids)
        tell_tutors(news, State.DELIVERED)


async def _read_undelivered(readers: list[Reader]) -> list[Sequence[NumberedMessage]]:
    return await db.read(_undelivered, readers)


def _undelivered(readers: Sequence[Reader]) -> list[Sequence[NumberedMessage]]:
    found: dict[Reader, list[NumberedMessage]] = {reader: [] for reader in readers}
    for acknowledges, missing in ((True, "acknowledged_at"), (False, "written_at")):
        ids = {student_id for student_id, does in found if does is acknowledges}
        if ids:
            rows = Feedback.objects.filter(student_id__in=ids, expires_at__gt=now())
            for row in rows.filter(**{f"{missing}__isnull": True}).order_by("sequence"):
                found[row.student_id, acknowledges].append(numbered(row))
    return [found[reader] for reader in readers]


def _after(student_id: int, sequence: int) -> list[NumberedMessage]:
    rows = Feedback.objects.filter(student_id=student_id, sequence__gt=sequence)
    return [numbered(row) for row in rows.order_by("sequence")]


def _waiting(student_ids: Collection[int]) -> set[int]:
    rows = Feedback.objects.filter(
        student_id__in=student_ids, written_at__isnull=True, expires_at__gt=now()
    )
    return set(rows.order_by().values_list("student_id", flat=True))
