"""Clients that behave: they come back with backoff and jitter, and remember every frame."""

import asyncio
import json
import random
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidHandshake, WebSocketException

from tests.cluster.cluster import Cluster
from tests.patient_clients import connect

Message = dict[str, Any]
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0


@dataclass
class Sitting:
    """One socket from its opening to its end."""

    connection_id: str
    port: int
    frames: list[Message] = field(default_factory=list)
    closed_with: int | None = None


class Bot:
    """One client; `start` it, and `stop` it however the test ends."""

    query: dict[str, str] = {}  # noqa: RUF012

    def __init__(self, cluster: Cluster, email: str, port: Callable[[], int] | None = None) -> None:
        self.cluster = cluster
        self.email = email
        self.sittings: list[Sitting] = []
        self.faults: list[str] = []
        self.here = asyncio.Event()
        self._port = port or cluster.some_port
        self._task: asyncio.Task[None] | None = None
        self._socket: ClientConnection | None = None
        self._wants_more = True

    # --- What tests do --------------------------------------------------------------------------

    async def start(self, seconds: float = 30) -> None:
        """Connect; returns once the server has said that the connection stands."""
        self._wants_more = True
        self._task = asyncio.create_task(self._live())
        await self.is_here(seconds)

    async def is_here(self, seconds: float = 30) -> None:
        """Wait until a connection stands."""
        async with asyncio.timeout(seconds):
            await self.here.wait()

    async def stop(self) -> None:
        """Leave as a closed tab does, and stay away."""
        self._wants_more = False
        if self._socket:
            await self._socket.close()
        task, self._task = self._task, None
        if task:
            task.cancel()
            (ended,) = await asyncio.gather(task, return_exceptions=True)
            if isinstance(ended, Exception):
                raise ended

    async def reload(self) -> None:
        """Close and come back at once, as a reloaded page does."""
        if self._socket:
            await self._socket.close()

    def vanish(self) -> None:
        """Be gone without a goodbye, as a killed client is; the loop brings it back."""
        if self._socket:
            self._socket.transport.abort()

    async def die(self) -> None:
        """Be gone without a goodbye, and stay away."""
        self._wants_more = False
        self.vanish()
        await self.stop()

    async def say(self, **message: Any) -> bool:
        """Send a message; False when there is no socket to send it on."""
        try:
            assert self._socket is not None
            await self._socket.send(json.dumps(message, ensure_ascii=False))
        except (AssertionError, WebSocketException, OSError):
            return False
        return True

    @property
    def is_awake(self) -> bool:
        """Tell whether this client is connected or wants to be."""
        return self._task is not None

    @property
    def connection_id(self) -> str | None:
        """Name the connection that stands."""
        return self.sittings[-1].connection_id if self.here.is_set() else None

    @property
    def port(self) -> int:
        """Name the node this client is at."""
        return self.sittings[-1].port

    @property
    def closes(self) -> list[int | None]:
        """List the codes of all sockets that have ended."""
        return [sitting.closed_with for sitting in self.sittings if sitting.closed_with]

    # --- What kinds of clients do ---------------------------------------------------------------

    def opened(self) -> None:
        """Begin a socket."""

    async def hear(self, frame: Message) -> None:
        """Take a frame."""

    # --- How a client lives ---------------------------------------------------------------------

    async def _live(self) -> None:
        pause = FIRST_PAUSE
        while self._wants_more:
            if await self._sit():
                pause = FIRST_PAUSE
            if self._wants_more:
                await asyncio.sleep(random.uniform(pause / 2, pause))
                pause = min(pause * 2, LONGEST_PAUSE)

    async def _sit(self) -> bool:
        try:
            port = self._port()
            self._socket = await connect(
                f"ws://127.0.0.1:{port}/ws/?{urlencode(self.query)}",
                additional_headers={"Authorization": f"Bearer {self.cluster.token(self.email)}"},
                compression=None,
                open_timeout=10,
                close_timeout=2,
                **self.options(),
            )
        except (OSError, TimeoutError, InvalidHandshake, IndexError, EOFError):
            return False
        try:
            return await self._read(self._socket, port)
        finally:
            self.here.clear()

    def options(self) -> dict[str, Any]:
        """Add to how the socket is made."""
        return {}

    async def _read(self, connection: ClientConnection, port: int) -> bool:
        before = len(self.sittings)
        with suppress(ConnectionClosed):
            async for text in connection:
                await self._take(json.loads(text), port, len(self.sittings) > before)
        if len(self.sittings) > before:
            self.sittings[-1].closed_with = connection.close_code
        self._judge_close(connection.close_code or 1006)
        return len(self.sittings) > before

    async def _take(self, frame: Message, port: int, stands: bool) -> None:
        if frame["type"] == "connection_success" and not stands:
            self.sittings.append(Sitting(frame["connection_id"], port))
            self.opened()
            self.here.set()
            stands = True
        if stands:
            self.sittings[-1].frames.append(frame)
            await self.hear(frame)

    def _judge_close(self, code: int) -> None:
        if code >= 4400:
            self.faults.append(f"{self.email} was told not to come back: {code}")
            self._wants_more = False


def narrow_socket(port: int) -> socket.socket:
    """Open a TCP connection that takes little before its owner has read it."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    made.connect(("127.0.0.1", port))
    made.setblocking(False)
    return made
