"""The socket's side of feedback: a tutor gives it, a student acknowledges it."""

from uuid import UUID

from django.conf import settings
from msgspec import UNSET

from feedback import services, store, validation
from feedback.models import State
from feedback.replay_source import tell_tutors
from feedback.services import Draft, Given
from feedback.store import KeyReused, NotYourStudent
from realtime.protocol.client_messages import FeedbackAck, FeedbackMessage
from realtime.protocol.codes import ErrorCode
from realtime.protocol.errors import MessageRefused
from realtime.protocol.server_messages import FeedbackStatus
from realtime.socket_commands.command_table import command
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
            stored = await services.store_draft(connection.user_id, _draft(message), key)
    except NotYourStudent:
        raise MessageRefused(ErrorCode.FORBIDDEN, path="$.student_email") from None
    except KeyReused:
        raise MessageRefused(ErrorCode.INVALID_MESSAGE, path="$.message_id") from None
    _answer(connection, message, await services.complete(stored, asker=connection.connection_id))


def _answer(connection: LiveConnection, message: FeedbackMessage, given: Given) -> None:
    connection.write_queue.send(
        FeedbackStatus(
            message_id=given.message_id,
            student_email=given.draft.student_email,
            state=given.state,
            original_message_id=message.message_id,
        )
    )
    if given.outcome == "queued":
        raise MessageRefused(ErrorCode.RECIPIENT_OFFLINE, queued=True)
    if given.outcome == "failed":
        raise MessageRefused(ErrorCode.DELIVERY_FAILED)


def _draft(message: FeedbackMessage) -> Draft:
    fields = {
        "student_email": normal_email(message.student_email),
        "session_id": message.session_id,
        "message": message.message,
        "message_type": message.message_type,
        "audio_url": message.audio_url,
        "speak": message.speak,
        "client_timestamp": None if message.timestamp is UNSET else normal_text(message.timestamp),
    }
    try:
        return Draft(**validation.normalised(fields, settings.AUDIO_URL_HOSTS))
    except validation.Invalid as invalid:
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
    state = State(message.state)
    moved = await db.write(store.acknowledge, connection.user_id, _message_ids(message), state)
    tell_tutors(moved, state)


def _message_ids(message: FeedbackAck) -> list[str]:
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
