"""How an admitted socket is set up: its write queue, and a student's feedback or a dashboard."""

from functools import partial

from django.conf import settings

from realtime.broadcast import publish
from realtime.broadcast.dashboard_frames import updates
from realtime.per_process.process_state import this_process
from realtime.presence.admission import Admitted
from realtime.presence.connection_records import SocketAddress
from realtime.presence.news import Tutor
from realtime.protocol.codes import ErrorCode
from realtime.protocol.errors import MessageRefused
from realtime.sockets.live_connection import LiveConnection
from realtime.sockets.live_dashboard import Dashboard
from realtime.sockets.message_source import messages
from realtime.sockets.ordered_feedback import OrderedFeedback
from realtime.sockets.queued_frame import Merging, QueueBounds
from realtime.sockets.write_queue import Send, WriteQueue
from speaktracker.auth.credentials import Credentials
from speaktracker.auth.handshake import Handshake
from speaktracker.exceptions import Unavailable
from speaktracker.roster.models import UserType
from speaktracker.transport.text_writer import TextWriter

# A batching dashboard is written to at most this often, so that a busy class shares frames.
BATCH_SECONDS = 0.05


def write_queue_of(
    admitted: Admitted, handshake: Handshake, send: Send, text_writer: TextWriter | None
) -> WriteQueue:
    """Make the write queue of a socket; a dashboard that asked for it (`?batch=1`) merges."""
    merging = None
    if admitted.user_type == UserType.TUTOR and handshake.query("batch") == "1":
        merging = Merging(partial(updates, admitted.email), BATCH_SECONDS)
    limits = settings.LIMITS
    bounds = QueueBounds(limits.dashboard_queue_frames, limits.dashboard_queue_bytes)
    return WriteQueue(send, bounds, text_writer, merging)


def set_up(
    address: SocketAddress,
    admitted: Admitted,
    write_queue: WriteQueue,
    *,
    language: str,
    credentials: Credentials,
) -> LiveConnection:
    """Make the live connection of an admitted socket."""
    process = this_process()
    connection = LiveConnection(
        address,
        admitted,
        write_queue,
        process,
        language=language,
        credentials=credentials,
    )
    if connection.tutor:
        # A dashboard that was opened before this student came did not ask here.
        publish.heard_elsewhere(connection.tutor.user_id)
    source = messages()
    if admitted.user_type == UserType.TUTOR:
        tutor = Tutor(admitted.user_id, admitted.email, admitted.name)
        connection.dashboard = Dashboard(tutor, write_queue, process, connection.spawn)
    elif source is not None:
        connection.ordered_feedback = OrderedFeedback(
            admitted.user_id, write_queue, source, admitted.feedback_sequence
        )
    return connection


async def send_what_waits(connection: LiveConnection, *, acknowledges: bool) -> None:
    """Give a new connection the snapshot, or its undelivered messages."""
    call = connection.circumstances.help
    if call is not None and call.is_open:
        connection.show_help(call.state, call.at)
    try:
        if connection.dashboard:
            await connection.dashboard.load()
        if connection.ordered_feedback:
            await connection.ordered_feedback.replay(acknowledges)
    except Unavailable:
        # The record stands; the checks of every process bring the rest once the database is back.
        connection.refuse(MessageRefused(ErrorCode.UNAVAILABLE), None)
