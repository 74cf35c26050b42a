"""One WebSocket: daphne's protocol with back-pressure both ways, close codes and a heartbeat."""

import time
from typing import TYPE_CHECKING, Any

from autobahn.util import encode_truncate
from autobahn.websocket.types import ConnectionRequest
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from twisted.internet.defer import Deferred

from speaktracker import drain_state
from speaktracker.exceptions import SocketClosed
from speaktracker.server.websocket.app_messages import accept_headers, close_code, content, denied
from speaktracker.server.websocket.deadlines import look_after
from speaktracker.server.websocket.event_inbox import Event, Inbox
from speaktracker.server.websocket.write_gate import Gate

if TYPE_CHECKING:
    from speaktracker.server.server_options import ServerOptions
    from speaktracker.server.service import ClassroomServer

_TEXT, _BINARY = 0x1, 0x2
_COMPRESSED = 4
_LATE_BYTES = 64 * 1024
_FRAGMENTS = 1024


class ClassroomSocket(WebSocketProtocol):  # type: ignore[misc]
    """The protocol of one socket; `send` is what its application awaits.

    `send` of a message waits while the transport stands above its high-water mark, then writes and
    returns. It raises TooSlow, with nothing written, once the peer has not read for `slow_after`
    seconds: the application then closes with 4008 (`websocket.close` never waits), and the server
    does so itself after `slow_grace`. It raises SocketClosed when the socket is closing or gone.
    """

    server: "ClassroomServer"
    application_queue: Inbox
    data: bytes
    gate: Gate
    opened_at = last_heard = pinged_at = 0.0
    dropped_at: float | None = None
    early = b""
    fragments = 0
    pong_owed: bytes | None = None

    # --- Opening --------------------------------------------------------------------------------

    def connectionMade(self) -> None:  # noqa: N802
        """Start the clocks."""
        self.gate = Gate()
        self.opened_at = self.last_heard = self.pinged_at = time.monotonic()
        super().connectionMade()

    def onConnect(self, request: ConnectionRequest) -> Deferred[Any]:  # noqa: N802
        """Hand the handshake to the application; a process that drains takes no new socket."""
        if drain_state.is_draining():
            raise denied(503, "Service Unavailable")
        handshake: Deferred[Any] = super().onConnect(request)
        return handshake

    def onOpen(self) -> None:  # noqa: N802
        """Put our gate where the HTTP channel stood, and read what came before the answer."""
        self.transport.unregisterProducer()
        self.transport.registerProducer(self.gate, True)
        self.data += self.early
        self.early = b""
        super().onOpen()

    # --- Reading --------------------------------------------------------------------------------

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        """Read bytes; what comes while the application decides about the handshake is kept."""
        self.last_heard = time.monotonic()
        if self.is_undecided:
            self.early += data
            if len(self.early) > _LATE_BYTES:
                self.dropConnection(abort=True)
            return
        super().dataReceived(data)

    def processData(self) -> bool:  # noqa: N802
        """Read one frame, but none while the application has a full inbox."""
        if self.state == self.STATE_OPEN and self.application_queue.full_up:
            return False
        more: bool = super().processData()
        return more

    def read_no_more(self) -> None:
        """Leave further bytes to the kernel: the application has a full inbox."""
        if self.state == self.STATE_OPEN:
            self.transport.pauseProducing()

    def read_on(self) -> None:
        """Read again after the application has made room."""
        self.last_heard = time.monotonic()
        if self.state in (self.STATE_OPEN, self.STATE_CLOSING):
            if self.data:
                self.consumeData()
            if not self.application_queue.full_up:
                self.transport.resumeProducing()

    def onMessageBegin(self, isBinary: bool) -> None:  # noqa: N802, N803
        """Start to count the fragments of a message."""
        super().onMessageBegin(isBinary)
        self.fragments = 0

    def onMessageFrameBegin(self, length: int) -> None:  # noqa: N802
        """Refuse a message of endless empty fragments, which no size limit would stop."""
        super().onMessageFrameBegin(length)
        self.fragments += 1
        if self.fragments > _FRAGMENTS and not self.failedByMe:
            self._max_message_size_exceeded(0, 0, f"more than {_FRAGMENTS} fragments")

    def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: N802, N803
        """Hand one whole message over; after our close frame nothing is read any more."""
        if self.state != self.STATE_OPEN:
            return
        if isBinary:
            self.application_queue.put_nowait({"type": "websocket.receive", "bytes": payload})
        else:
            self.hear_text(payload)

    def hear_text(self, payload: bytes) -> None:
        """Hand a text over; one that is not UTF-8 goes as bytes: a bad message closes nothing."""
        event: Event
        try:
            event = {"type": "websocket.receive", "text": payload.decode()}
        except UnicodeDecodeError:
            event = {
                "type": "websocket.receive",
                "bytes": payload,
                "text": None,
                "speaktracker.invalid_utf8": True,
            }
        self.application_queue.put_nowait(event)

    # --- Writing --------------------------------------------------------------------------------

    async def send(self, message: Event) -> None:
        """Do what the application asks; see the class for how it waits and what it raises."""
        kind = message["type"]
        if kind == "websocket.send":
            await self._send(*content(message, self.options.max_message_out))
        elif kind == "websocket.close":
            self.close(close_code(message.get("code")), message.get("reason") or "")
        elif kind == "websocket.accept":
            self._accept(message)
        else:
            raise ValueError(f"A socket's application cannot send {kind!r}.")

    async def _send(self, payload: bytes, binary: bool) -> None:
        self._check_open()
        if self.gate.is_open:
            self.write_message(payload, binary)
            return
        await self.gate.passed()
        try:
            self._check_open()
            self.write_message(payload, binary)
        finally:
            self.gate.next()

    def _check_open(self) -> None:
        if self.is_undecided:
            raise ValueError("The socket must be accepted before anything is sent over it.")
        if self.state != self.STATE_OPEN:
            raise SocketClosed

    def write_message(self, payload: bytes, binary: bool) -> None:
        """Write one message now; autobahn's own `sendMessage` would apply the inbound limit."""
        opcode, deflate = _BINARY if binary else _TEXT, self._perMessageCompress
        if deflate is None:
            self.sendFrame(opcode=opcode, payload=payload)
            return
        deflate.start_compress_message()
        packed = deflate.compress_message_data(payload) + deflate.end_compress_message()
        self.sendFrame(opcode=opcode, payload=packed, rsv=_COMPRESSED)

    def sendPong(self, payload: bytes | None = None) -> None:  # noqa: N802
        """Answer a ping; of those that come above the high-water mark only the latest counts."""
        if self.gate.is_shut:
            self.pong_owed = payload or b""
        else:
            super().sendPong(payload)

    def _accept(self, message: Event) -> None:
        if not self.is_undecided:
            raise SocketClosed
        subprotocol = message.get("subprotocol")
        if subprotocol is not None and subprotocol not in self.websocket_protocols:
            raise ValueError("The accepted subprotocol is none of those the client offers.")
        answer = (subprotocol, accept_headers(message.get("headers") or ()))
        handshake = self.handshake_deferred
        del self.handshake_deferred
        handshake.callback(answer)

    # --- Closing --------------------------------------------------------------------------------

    def close(self, code: int, reason: str = "", patience: float | None = None) -> None:
        """Close with any valid code, or refuse the handshake; a second close does nothing.

        The peer has `patience` seconds to answer, by default `close_timeout` of the options.
        """
        if self.is_undecided:
            self.serverReject()
        elif self.state == self.STATE_OPEN:
            if patience is None and self.gate.is_shut:
                patience = self.options.slow_linger
            self.closeHandshakeTimeout = patience or self.options.close_timeout
            self.sendCloseFrame(code=code, reasonUtf8=encode_truncate(reason, 123))
            self.gate.fail(SocketClosed)
            self.transport.resumeProducing()  # the answer to our close frame must be read

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:  # noqa: N802, N803
        """Tell the application; the code is ours when we closed first."""
        self.gate.fail(SocketClosed)
        if "server" in self.__dict__:
            ours = self.localCloseCode if self.closedByMe else None
            super().onClose(wasClean, ours or code or 1005, reason)

    def handle_exception(self, _exception: BaseException) -> None:
        """Close after the application failed or ended: 500 before the answer, 1011 after it."""
        if self.is_undecided:
            handshake = self.handshake_deferred
            del self.handshake_deferred
            handshake.errback(denied(500, "Internal Server Error"))
        else:
            self.close(1011)

    def check_timeouts(self) -> None:
        """Let the sweep of the server, once a second, look after this socket."""
        look_after(self, time.monotonic())

    @property
    def is_undecided(self) -> bool:
        """Tell whether the application has yet to accept or refuse the handshake."""
        return self.state == self.STATE_CONNECTING and hasattr(self, "handshake_deferred")

    @property
    def options(self) -> "ServerOptions":
        """The options of the server."""
        return self.factory.server_class.options  # type: ignore[no-any-return]


class ClassroomSocketFactory(WebSocketFactory):  # type: ignore[misc]
    """Makes sockets without the fast path."""

    protocol = ClassroomSocket
