"""`connection`: the explicit hello, and a fresh token for a socket whose token runs out."""

from msgspec import UNSET

from realtime.protocol.codes import ErrorCode
from realtime.protocol.errors import MessageRefused, invalid_credentials
from realtime.protocol.messages import ConnectionMessage
from realtime.socket_commands.command_table import command
from realtime.sockets.live_connection import LiveConnection
from speaktracker.auth import tokens
from speaktracker.exceptions import InvalidCredentials
from speaktracker.text import normal_email


@command("connection", ConnectionMessage, "student", "tutor")
async def greet_or_refresh(connection: LiveConnection, message: ConnectionMessage) -> None:
    """Answer the hello, or take a fresh token, with `connection_success` again."""
    if message.action == "refresh":
        _refresh(connection, message)
    elif message.user_email is UNSET or message.user_type is UNSET:
        missing = "user_email" if message.user_email is UNSET else "user_type"
        raise MessageRefused(ErrorCode.INVALID_MESSAGE, path=f"$.{missing}")
    if message.user_email is not UNSET and normal_email(message.user_email) != connection.email:
        raise invalid_credentials()
    if message.user_type not in (UNSET, connection.user_type):
        raise invalid_credentials()
    connection.welcome()


def _refresh(connection: LiveConnection, message: ConnectionMessage) -> None:
    if message.token is UNSET:
        raise MessageRefused(ErrorCode.INVALID_MESSAGE, path="$.token")
    try:
        claims = tokens.verify(message.token)
    except InvalidCredentials:
        raise invalid_credentials() from None
    if claims.user_id != connection.user_id:
        raise invalid_credentials()
    connection.token_expires_at = claims.expires_at
