"""Clients' sockets: plain JSON as ours and naive Channels speak it, and Socket.IO's framing."""

import asyncio
from collections.abc import Callable, Iterable
from typing import ClassVar

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from bench.children import Child

Ear = Callable[[bytes], None]
AT_ONCE = 48
DOOR_SECONDS = 60
COME_BACK, COME_BACK_SECONDS = 5, 1.0
_TEXT, _CLOSE = WSMsgType.TEXT, WSMsgType.CLOSE


class Socket(WSListener):  # type: ignore[misc]
    """One socket that has said who it is; `ear` hears every text frame once it is welcome."""

    def __init__(self, token: str, welcome: bytes, ear: Ear | None) -> None:
        self.welcomed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: WSTransport | None = None
        self.ear = ear
        self.is_closed = False
        self._token = token
        self._welcome = welcome

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Keep the transport to write to."""
        self.transport = transport

    def on_ws_disconnected(self, _transport: WSTransport) -> None:
        """Note that it is over."""
        self.is_closed = True
        if not self.welcomed.done():
            self.welcomed.set_exception(ConnectionError("closed before it was welcome"))

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Take one frame."""
        if frame.msg_type == _TEXT:
            self.hear(frame.get_payload_as_bytes())
        elif frame.msg_type == _CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()

    def hear(self, payload: bytes) -> None:
        """Wait for the welcome, then pass texts on."""
        if self.welcomed.done():
            if self.ear is not None:
                self.ear(payload)
        elif self._welcome in payload:
            self.welcomed.set_result(None)

    def say_status(self, body: bytes) -> None:
        """Send a status, given as a JSON object without its `type`."""
        assert self.transport is not None
        self.transport.send(_TEXT, b'{"type":"status",' + body[1:])

    def close(self) -> None:
        """Break the connection off."""
        if self.transport is not None and not self.is_closed:
            self.transport.disconnect(graceful=False)


class SocketIOSocket(Socket):
    """The same in Socket.IO's framing: 0 open, 2 ping, 40 connect, 42 event."""

    def hear(self, payload: bytes) -> None:
        """Answer Engine.IO's own frames; pass events on."""
        assert self.transport is not None
        kind = payload[:1]
        if kind == b"4":
            super().hear(payload)
        elif kind == b"0":
            self.transport.send(_TEXT, b'40{"token":"%s"}' % self._token.encode())
        elif kind == b"2":
            self.transport.send(_TEXT, b"3")

    def say_status(self, body: bytes) -> None:
        """Send a status event."""
        assert self.transport is not None
        self.transport.send(_TEXT, b'42["status",' + body + b"]")


class Door:
    """How the sockets of one system are opened: its address, framing and word of welcome."""

    kind: ClassVar[type[Socket]] = Socket

    def __init__(self, port: int) -> None:
        self.port = port
        # Where feedback is posted.
        self.api_port = port
        # How often somebody had to come back, since the server was not available.
        self.refusals = 0

    def address(self, _token: str, batch: bool) -> str:
        """Name where one person connects."""
        return f"ws://127.0.0.1:{self.port}/ws/" + ("?batch=1" if batch else "")

    async def open(
        self,
        token: str,
        ear: Ear | None = None,
        welcome: bytes = b"connection_success",
        batch: bool = False,
    ) -> Socket:
        """Open one socket and wait until it is welcome; who is refused comes back a few times."""
        for _ in range(COME_BACK):
            try:
                return await self._open(token, ear, welcome, batch)
            except ConnectionError:
                self.refusals += 1
                await asyncio.sleep(COME_BACK_SECONDS)
        return await self._open(token, ear, welcome, batch)

    async def _open(self, token: str, ear: Ear | None, welcome: bytes, batch: bool) -> Socket:
        socket: Socket
        async with asyncio.timeout(DOOR_SECONDS):
            _, socket = await ws_connect(
                lambda: self.kind(token, welcome, ear),
                self.address(token, batch),
                enable_auto_ping=False,
                extra_headers={"Authorization": f"Bearer {token}"},
                websocket_handshake_timeout=DOOR_SECONDS,
            )
            await socket.welcomed
        return socket

    async def open_many(self, tokens: Iterable[str], at_once: int = AT_ONCE) -> list[Socket]:
        """Open sockets that only listen, `at_once` of them at a time."""
        turn = asyncio.Semaphore(at_once)

        async def one(token: str) -> Socket:
            async with turn:
                return await self.open(token)

        return list(await asyncio.gather(*(one(token) for token in tokens)))


class SocketIODoor(Door):
    """Socket.IO's path and framing."""

    kind = SocketIOSocket

    def address(self, _token: str, _batch: bool) -> str:
        """Name the path that skips long polling."""
        return f"ws://127.0.0.1:{self.port}/socket.io/?EIO=4&transport=websocket"


# What starting a system gives: its server, how everybody's tokens are signed, and the way in.
Started = tuple[Child, Callable[[], dict[str, str]], Door]
