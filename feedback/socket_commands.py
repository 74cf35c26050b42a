"""The socket's side of feedback: a tutor gives it, a student acknowledges it."""

from uuid import UUID

from django.conf import settings
from msgspec import UNSET

from feedback import services, states
from feedback.frames import feedback_status
from feedback.models import State
from feedback.store import KeyReused, NotYourStudent, TooMuchFeedback
from feedback.validation import Draft, Invalid, normalised
from realtime.protocol.client_messages import FeedbackAck, FeedbackMessage
from realtime.protocol.codes import ErrorCode
from realtime.protocol.errors import MessageRefused
from realtime.protocol.wire_limits import TIMESTAMP_LENGTH
from realtime.socket_commands.command_table import command
from realtime.sockets.allowances import rate_limited
from realtime.sockets.live_connection import LiveConnection
from speaktracker import db
from speaktracker.text import normal_email, normal_text


@command("feedback", FeedbackMessage, "tutor", spawned=True)
async def give(connection: LiveConnection, message: FeedbackMessage) -> None:
    """Store and deliver as the REST call does; answered by `feedback_status`."""
    if message.from_ is not UNSET and normal_email(message.from_) != connection.email:
        raise MessageRefused(ErrorCode.FORBIDDEN, path="$.from")
    key = message.message_id if message.message_id is not UNSET else None
    try:
        # One at a time, so that feedback is stored in the order in which it was sent.
        async with connection.in_order:
            stored = await services.store_draft(connection.user_id, draft_of(message), key)
    except NotYourStudent:
        raise MessageRefused(ErrorCode.FORBIDDEN, path="$.student_email") from None
    except KeyReused:
        raise MessageRefused(ErrorCode.INVALID_MESSAGE, path="$.message_id") from None
    except TooMuchFeedback as refused:
        raise rate_limited(refused.wait) from None
    assert connection.dashboard is not None  # noqa: S101 - a tutor's socket has one
    with connection.dashboard.feedback.answering(str(stored.row.message_id)) as answer:
        row = await services.complete(stored)
        answer(feedback_status(row, original_message_id=message.message_id))
    if row.outcome == "queued":
        raise MessageRefused(ErrorCode.RECIPIENT_OFFLINE, queued=True)
    if row.outcome == "failed":
        raise MessageRefused(ErrorCode.DELIVERY_FAILED)


def draft_of(message: FeedbackMessage) -> Draft:
    """Make a message a valid Draft; raises MessageRefused with the path of its first bad field."""
    timestamp = message.timestamp
    draft = Draft(
        student_email=normal_email(message.student_email),
        session_id=message.session_id,
        message=message.message,
        message_type=message.message_type,
        audio_url=message.audio_url,
        speak=message.speak,
        client_timestamp=None if timestamp is UNSET else normal_text(timestamp)[:TIMESTAMP_LENGTH],
    )
    try:
        return normalised(draft, settings.AUDIO_URL_HOSTS)
    except Invalid as invalid:
        field = next(iter(invalid.faults))
        raise MessageRefused(ErrorCode.INVALID_MESSAGE, path=f"$.{field}") from None


def counts(connection: LiveConnection) -> bool:
    """Tell whether an acknowledgement counts against the limits: it answers nothing we sent."""
    feedback = connection.ordered_feedback
    return feedback is None or feedback.acks_expected <= 0


@command("feedback_ack", FeedbackAck, "student", counts=counts)
async def acknowledge(connection: LiveConnection, message: FeedbackAck) -> None:
    """Remember what a student's client has received, shown or played."""
    if connection.ordered_feedback:
        connection.ordered_feedback.note_ack()
    ids, state = ids_of(message), State(message.state)
    services.publish_states(await db.write(states.acknowledge, connection.user_id, ids, state))


def ids_of(message: FeedbackAck) -> list[str]:
    """List the feedback that a message acknowledges; raises MessageRefused for what is no UUID."""
    ids = [] if message.message_ids is UNSET else [*message.message_ids]
    if message.message_id is not UNSET:
        ids.append(message.message_id)
    if not ids:
        raise MessageRefused(ErrorCode.INVALID_MESSAGE, path="$.message_id")
    try:
        return [str(UUID(message_id)) for message_id in ids]
    except ValueError:
        path = "$.message_ids" if message.message_ids is not UNSET else "$.message_id"
        raise MessageRefused(ErrorCode.INVALID_MESSAGE, path=path) from None
