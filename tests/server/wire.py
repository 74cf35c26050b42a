"""Protocols on a transport that is only a record of what was done with it."""

import asyncio
from typing import Any

from twisted.internet.address import IPv4Address

from speaktracker.server.asgi_server import ClassroomServer

_REQUEST = (
    b"GET /echo HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class FakeTransport:
    """Just enough of a TCP transport, and of its socket."""

    dataBuffer = b""  # noqa: N815
    _tempDataBuffer = ()  # noqa: N815
    connected, disconnecting = 1, 0
    paused = False

    def __init__(self) -> None:
        self.written = bytearray()
        self.ends: list[str] = []
        self.socket = self

    def write(self, data: bytes) -> None:
        self.written += data

    def send(self, data: bytes) -> int:
        self.written += data
        return len(data)

    def loseConnection(self) -> None:  # noqa: N802
        self.ends.append("lost")

    def abortConnection(self) -> None:  # noqa: N802
        self.ends.append("aborted")

    def pauseProducing(self) -> None:  # noqa: N802
        self.paused = True

    def resumeProducing(self) -> None:  # noqa: N802
        self.paused = False

    def registerProducer(self, producer: Any, streaming: bool) -> None:  # noqa: N802
        pass

    def unregisterProducer(self) -> None:  # noqa: N802
        pass

    def setTcpNoDelay(self, enabled: bool) -> None:  # noqa: N802
        pass

    def getPeer(self) -> IPv4Address:  # noqa: N802
        return IPv4Address("TCP", "127.0.0.1", 1)

    getHost = getPeer  # noqa: N815


async def accepting(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Accept, then leave the queue to the test."""
    await receive()
    await send({"type": "websocket.accept"})
    await asyncio.Event().wait()


class WiredSocket:
    """One protocol, everything it handed over and everything it wrote."""

    def __init__(self, server: ClassroomServer, factory: Any) -> None:
        self.wire = FakeTransport()
        self.events: list[dict[str, Any]] = []
        self._server = server
        self.protocol = factory.buildProtocol(None)
        self.protocol._raw_query_string = b""

    async def open(self) -> None:
        self.protocol.makeConnection(self.wire)
        if hasattr(self.protocol, "direct"):
            self.protocol.direct = True
        self.protocol.dataReceived(_REQUEST)
        async with asyncio.timeout(30):
            while not self.wire.written.endswith(b"\r\n\r\n"):  # noqa: ASYNC110
                await asyncio.sleep(0)
        self.wire.written.clear()

    def feed(self, data: bytes) -> None:
        if not self.wire.ends:
            self.protocol.dataReceived(data)

    def say(self, text: str) -> None:
        """Be the application: write a text."""
        if hasattr(self.protocol, "write_message"):
            self.protocol.write_message(text.encode(), binary=False)
        else:
            self.protocol.sendMessage(text.encode())

    async def read(self, count: int) -> None:
        """Be the application: take up to `count` events."""
        queue = self.protocol.application_queue
        for _ in range(count):
            if queue.empty():
                return
            self.events.append(queue.get_nowait())
            await asyncio.sleep(0)

    def outcome(self) -> dict[str, Any]:
        return {
            "events": self.events,
            "written": bytes(self.wire.written),
            "ends": self.wire.ends,
            "state": self.protocol.state,
        }

    async def clean_up(self) -> None:
        task = self._server.connections[self.protocol].get("application_instance")
        if task:
            task.cancel()
            await asyncio.wait([task])
