"""How the clients of one system connect: its address, its kind of socket, its word of welcome."""

import asyncio
from collections.abc import Iterable
from typing import ClassVar

from picows import ws_connect

from bench.systems.client_sockets import ClientSocket, OnText, SocketIOSocket

AT_ONCE = 48
CONNECT_SECONDS = 60
# Who is refused, since the server is not available, comes back this often, after this pause.
RETRIES, RETRY_SECONDS = 5, 1.0


class Connector:
    """Connects clients to our own path, which naive Channels has too."""

    kind: ClassVar[type[ClientSocket]] = ClientSocket

    def __init__(self, port: int) -> None:
        self.port = port
        # Where feedback is posted.
        self.api_port = port
        # How often somebody had to come back.
        self.refusals = 0

    def address(self, _token: str, batch: bool) -> str:
        """Name where one person connects; `batch` asks for batch frames, where there are any."""
        return f"ws://127.0.0.1:{self.port}/ws/" + ("?batch=1" if batch else "")

    async def connect(
        self,
        token: str,
        on_text: OnText | None = None,
        welcome: bytes = b"connection_success",
        batch: bool = False,
    ) -> ClientSocket:
        """Connect one person and wait for the welcome; who is refused comes back a few times."""
        for _ in range(RETRIES):
            try:
                return await self.connect_once(token, on_text, welcome, batch)
            except ConnectionError:
                self.refusals += 1
                await asyncio.sleep(RETRY_SECONDS)
        return await self.connect_once(token, on_text, welcome, batch)

    async def connect_once(
        self,
        token: str,
        on_text: OnText | None = None,
        welcome: bytes = b"connection_success",
        batch: bool = False,
    ) -> ClientSocket:
        """Connect one person; raises ConnectionError or picows' WSError when refused."""
        socket: ClientSocket
        async with asyncio.timeout(CONNECT_SECONDS):
            _, socket = await ws_connect(
                lambda: self.kind(token, welcome, on_text),
                self.address(token, batch),
                enable_auto_ping=False,
                extra_headers={"Authorization": f"Bearer {token}"},
                websocket_handshake_timeout=CONNECT_SECONDS,
            )
            await socket.welcomed
        return socket

    async def connect_many(
        self, tokens: Iterable[str], at_once: int = AT_ONCE
    ) -> list[ClientSocket]:
        """Connect people who only listen, `at_once` of them at a time."""
        turn = asyncio.Semaphore(at_once)

        async def one(token: str) -> ClientSocket:
            async with turn:
                return await self.connect(token)

        return list(await asyncio.gather(*(one(token) for token in tokens)))


class SocketIOConnector(Connector):
    """Connects clients to Socket.IO's path, in its framing."""

    kind = SocketIOSocket

    def address(self, _token: str, _batch: bool) -> str:
        """Name the path that skips long polling."""
        return f"ws://127.0.0.1:{self.port}/socket.io/?EIO=4&transport=websocket"
