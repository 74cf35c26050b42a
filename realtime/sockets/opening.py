"""How an admitted socket is furnished: its outlet, a student's mailbox, a tutor's dashboard."""

from functools import partial

from django.conf import settings

from realtime.broadcast.dashboard_frames import updates
from realtime.broadcast.delivery import Mailbox
from realtime.per_process.process_state import current
from realtime.presence.admission import Admitted
from realtime.protocol.codes import ErrorCode
from realtime.sockets.live_connection import LiveConnection
from realtime.sockets.live_dashboard import Dashboard
from realtime.sockets.message_source import messages
from realtime.sockets.write_queue import Outlet, Send
from speaktracker.auth.handshake import Claim, Handshake
from speaktracker.exceptions import Unavailable
from speaktracker.transport.text_frames import TextWriter

# A batching dashboard is written to at most this often, so that a busy class shares frames.
BATCH_SECONDS = 0.05


def seat(
    connection_id: str,
    channel: str,
    admitted: Admitted,
    send: Send,
    handshake: Handshake,
    language: str,
    claim: Claim,
    text_writer: TextWriter | None,
) -> LiveConnection:
    """Make the live connection of an admitted socket."""
    batch = admitted.user_type == "tutor" and handshake.query("batch") == "1"
    outlet = Outlet(
        send,
        settings.LIMITS.dashboard_queue_frames,
        partial(updates, admitted.email) if batch else None,
        BATCH_SECONDS if batch else 0.0,
        text_writer,
    )
    process = current()
    connection = LiveConnection(
        connection_id, channel, admitted, outlet, language, claim.expires_at, process
    )
    source = messages()
    if admitted.user_type == "tutor":
        connection.dashboard = Dashboard(connection, process.journal, batch)
    elif source is not None:
        connection.mailbox = Mailbox(connection, source, admitted.feedback_sequence)
    return connection


async def settle_in(connection: LiveConnection, handshake: Handshake) -> None:
    """Give a new connection what waits for it: the snapshot, or undelivered messages."""
    try:
        if connection.dashboard:
            await connection.dashboard.load()
        if connection.mailbox:
            await connection.mailbox.replay(handshake.query("acks") == "1")
    except Unavailable:
        # The record stands; the checks of every process bring the rest once the database is back.
        connection.error(ErrorCode.UNAVAILABLE, None)
