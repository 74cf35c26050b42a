"""Feedback as the numbered messages that a student's connections receive and catch up on."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from weakref import WeakKeyDictionary

from django.db.models import Count
from django.db.models.functions import Now

from feedback import states
from feedback.frames import last_feedback, readable
from feedback.models import Feedback
from feedback.selectors import last_of_each
from feedback.services import publish_states
from realtime.broadcast.delivery_attempts import NumberedMessage
from realtime.protocol.server_messages import LastFeedback
from realtime.sockets.message_source import GivenMessage
from speaktracker import db
from speaktracker.clock import now
from speaktracker.db.batching import Batch
from speaktracker.db.rows.given_values import AnyOf
from speaktracker.db.rows.kept_query import KeptQuery

TOGETHER = 100

# A student's id, and whether their client acknowledges.
Reader = tuple[int, bool]
Replays = Batch[Reader, Sequence[NumberedMessage]]


class FeedbackMessages:
    """The `realtime.sockets.message_source.MessageSource` of the students' connections."""

    def __init__(self) -> None:
        self._replays: WeakKeyDictionary[asyncio.AbstractEventLoop, Replays] = WeakKeyDictionary()

    async def undelivered(self, user_id: int, acknowledges: bool) -> Sequence[NumberedMessage]:
        """Read what nobody confirmed; for a client that acknowledges, what it never did.

        Students who come at the same time are read for together.
        """
        loop = asyncio.get_running_loop()
        batch = self._replays.get(loop)
        if batch is None:
            batch = Batch(lambda readers: db.read(undelivered_of, readers), TOGETHER)
            self._replays[loop] = batch
        return await batch.ask((user_id, acknowledges))

    async def after(self, user_id: int, sequence: int) -> Sequence[NumberedMessage]:
        """Read what comes after `sequence`."""
        return await db.read(messages_after, user_id, sequence)

    async def waiting(self, user_ids: Collection[int]) -> Collection[int]:
        """Tell which of these students have feedback that nobody confirmed."""
        return await db.read(students_waiting, user_ids)

    def last_given(self, tutor_id: int, lent: Collection[int]) -> Mapping[int, LastFeedback]:
        """Read what a tutor gave each of their students last, and who is `lent` to them."""
        return {pk: last_feedback(row) for pk, row in last_of_each(tutor_id, lent).items()}

    def given_to(
        self, user_ids: Collection[int], since: datetime, until: datetime
    ) -> Sequence[GivenMessage]:
        """Read what these students were given from `since` until before `until`, in its order."""
        rows = Feedback.objects.filter(
            student_id__in=user_ids, timestamp__gte=since, timestamp__lt=until
        )
        columns = rows.order_by("timestamp", "id").values_list(
            "student_id", "timestamp", "session_id"
        )
        return [GivenMessage(*row) for row in columns]

    def given_count(self, tutor_id: int, since: datetime) -> Mapping[int, int]:
        """Count what a tutor gave each student since a moment."""
        rows = Feedback.objects.filter(tutor_id=tutor_id, timestamp__gte=since).order_by()
        return dict(rows.values_list("student_id").annotate(Count("pk")))

    async def written(self, user_id: int, message_ids: Sequence[str]) -> None:
        """Remember that a connection wrote these, and tell their tutors."""
        publish_states(await db.write(states.confirm, user_id, message_ids))


def undelivered_of(readers: Sequence[Reader]) -> list[Sequence[NumberedMessage]]:
    """Read what each reader's new connection lacks, in order; expired feedback is left out."""
    found: dict[Reader, list[NumberedMessage]] = {reader: [] for reader in readers}
    for acknowledges, missing in ((True, "acknowledged_at"), (False, "written_at")):
        ids = {student_id for student_id, does in found if does is acknowledges}
        if ids:
            rows = Feedback.objects.filter(student_id__in=ids, expires_at__gt=now())
            waiting = rows.filter(**{f"{missing}__isnull": True})
            for row in waiting.with_names().order_by("sequence"):
                found[row.student_id, acknowledges].extend(readable([row]))
    return [found[reader] for reader in readers]


def messages_after(student_id: int, sequence: int) -> list[NumberedMessage]:
    """Read what a student was given after number `sequence`, in order."""
    rows = Feedback.objects.filter(student_id=student_id, sequence__gt=sequence)
    return [*readable(rows.with_names().order_by("sequence"))]


_WAITING = KeptQuery(
    lambda ids: (
        Feedback.objects.filter(
            AnyOf("student_id", ids), written_at__isnull=True, expires_at__gt=Now()
        )
        .order_by()
        .values_list("student_id")
    )
)


def students_waiting(student_ids: Collection[int]) -> set[int]:
    """Select those of these students who have feedback that nobody confirmed."""
    return {student_id for (student_id,) in _WAITING.rows(student_ids)}
