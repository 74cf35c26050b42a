"""`dashboard`: a tutor asks for everything again, or has seen that a student asks for help."""

from msgspec import UNSET

from realtime.broadcast import publish
from realtime.help_calls import services
from realtime.help_calls.services import NotOwnStudent
from realtime.protocol.client_messages import DashboardMessage
from realtime.protocol.codes import ErrorCode
from realtime.protocol.errors import MessageRefused
from realtime.socket_commands.command_table import command
from realtime.sockets.live_connection import LiveConnection
from speaktracker import db
from speaktracker.text import normal_email


@command("dashboard", DashboardMessage, "tutor")
async def refresh_or_note_seen(connection: LiveConnection, message: DashboardMessage) -> None:
    """Send `broadcast_all` again, or note that the tutor has seen who asks for help."""
    if message.action == "help_seen":
        await note_seen(connection, message)
    elif connection.dashboard:
        await connection.dashboard.load()


async def note_seen(connection: LiveConnection, message: DashboardMessage) -> None:
    """Note that a student's question was seen; their sockets are told. Raises MessageRefused."""
    if message.student_email is UNSET:
        raise MessageRefused(ErrorCode.INVALID_MESSAGE, path="$.student_email")
    email = normal_email(message.student_email)
    try:
        publish.announce(await db.write(services.see, connection.user_id, email))
    except NotOwnStudent:
        raise MessageRefused(ErrorCode.FORBIDDEN, path="$.student_email") from None
