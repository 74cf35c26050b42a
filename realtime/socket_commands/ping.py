"""`ping`: a sign of life, which is no activity."""

from realtime.protocol.messages import Ping, Pong, encode
from realtime.socket_commands.command_table import command
from realtime.sockets.live_connection import LiveConnection
from speaktracker.clock import now, wire


@command("ping", Ping, "student", "tutor")
async def answer_ping(connection: LiveConnection, _message: Ping) -> None:
    """Answer `pong`."""
    connection.outlet.put(encode(Pong(wire(now()))))
