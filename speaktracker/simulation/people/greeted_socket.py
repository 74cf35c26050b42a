"""One socket to the server, opened and greeted."""

import asyncio
import logging

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from realtime.protocol.codes import CloseCode
from speaktracker.simulation import seen_frames
from speaktracker.simulation.people.reconnection import ABNORMAL
from speaktracker.simulation.simulation_errors import Refused
from speaktracker.simulation.simulation_options import SimulationOptions

GREETING_SECONDS = 30
CLOSE_SECONDS = 2
PING_SECONDS = 25
LARGEST_FRAME_BYTES = 16 * 2**20

# The library tells every open and close; the figures tell what matters of them.
_quiet = logging.getLogger("speaktracker.simulation.people.greeted_socket")
_quiet.addHandler(logging.NullHandler())
_quiet.propagate = False


async def open_socket(
    options: SimulationOptions, token: str, query: str
) -> tuple[ClientConnection, seen_frames.Head]:
    """Open a socket and read its greeting; raises Refused, OSError, WebSocketException."""
    socket = await connect(
        f"{options.socket_url}?{query}",
        additional_headers={"Authorization": f"Bearer {token}"},
        user_agent_header="speaktracker-simulate",
        compression=None,
        proxy=None if options.is_loopback else True,
        open_timeout=GREETING_SECONDS,
        close_timeout=CLOSE_SECONDS,
        ping_interval=PING_SECONDS,
        ping_timeout=PING_SECONDS,
        max_size=LARGEST_FRAME_BYTES,
        logger=_quiet,
    )
    try:
        async with asyncio.timeout(GREETING_SECONDS):
            return socket, await greeting_of(socket)
    except BaseException:
        await socket.close()
        raise


async def greeting_of(socket: ClientConnection) -> seen_frames.Head:
    """Read the `connection_success` of a new socket; raises Refused once the server has closed."""
    try:
        greeting = seen_frames.head(await socket.recv())
    except msgspec.MsgspecError:
        raise Refused("UNREADABLE", CloseCode.BAD_REQUEST) from None
    if greeting.type == "connection_success":
        return greeting
    try:
        while True:
            await socket.recv()
    except ConnectionClosed:
        raise Refused(greeting.code or greeting.type, close_code_of(socket)) from None


def close_code_of(socket: ClientConnection) -> int:
    """Return the close code; 1006 where the line broke without one."""
    return socket.close_code or ABNORMAL
