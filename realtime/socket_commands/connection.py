"""`connection` and `ping`: the explicit hello, a fresh token, and a sign of life."""

from msgspec import UNSET

from realtime.protocol.client_messages import ConnectionMessage, Ping
from realtime.protocol.codes import ErrorCode
from realtime.protocol.errors import MessageRefused, invalid_credentials
from realtime.protocol.server_messages import Pong, encode
from realtime.socket_commands.command_table import command
from realtime.sockets.live_connection import LiveConnection
from speaktracker import db
from speaktracker.auth import bearer_tokens
from speaktracker.auth.validity.selectors import holder_of
from speaktracker.clock import now, wire
from speaktracker.exceptions import InvalidCredentials, NoRole
from speaktracker.text import normal_email


@command("connection", ConnectionMessage, "student", "tutor")
async def greet_or_refresh(connection: LiveConnection, message: ConnectionMessage) -> None:
    """Answer the hello, or take a fresh token, with `connection_success` again."""
    required = ("token",) if message.action == "refresh" else ("user_email", "user_type")
    for field in required:
        if getattr(message, field) is UNSET:
            raise MessageRefused(ErrorCode.INVALID_MESSAGE, path=f"$.{field}")
    if message.action == "refresh" and message.token is not UNSET:
        await take_fresh_token(connection, message.token)
    if message.user_email is not UNSET and normal_email(message.user_email) != connection.email:
        raise invalid_credentials()
    if message.user_type not in (UNSET, connection.user_type):
        raise invalid_credentials()
    connection.welcome()


async def take_fresh_token(connection: LiveConnection, token: str) -> None:
    """Let the socket stand for as long as `token` of the same user does; raises ConnectRefused."""
    try:
        credentials = await bearer_tokens.verify_in_loop(token)
    except (InvalidCredentials, NoRole):
        raise invalid_credentials() from None
    if credentials.user_id != connection.user_id or await db.read(holder_of, credentials) is None:
        raise invalid_credentials()
    # A socket of a session ends with that session, whatever else its client shows.
    if connection.credentials.session_key is None:
        connection.credentials, connection.overdue_at = credentials, 0.0


@command("ping", Ping, "student", "tutor")
async def answer_ping(connection: LiveConnection, _message: Ping) -> None:
    """Answer `pong`, which is no activity."""
    connection.write_queue.put_inactive(encode(Pong(wire(now()))))
