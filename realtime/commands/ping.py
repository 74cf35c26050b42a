"""`ping`: a sign of life, which is no activity."""

from realtime.connection import LiveConnection
from realtime.protocol import Ping, Pong, encode
from realtime.table import command
from speaktracker.clock import now, wire


@command("ping", Ping, "student", "tutor")
async def answer_ping(connection: LiveConnection, _message: Ping) -> None:
    """Answer `pong`."""
    connection.outlet.put(encode(Pong(wire(now()))))
