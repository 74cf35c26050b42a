"""The life of one WebSocket: handshake, what its application asks for, deadlines, close."""

import time
from collections.abc import Iterable
from typing import Any

from autobahn.util import encode_truncate
from autobahn.websocket.types import ConnectionRequest
from twisted.internet.defer import Deferred

from speaktracker import drain_state
from speaktracker.exceptions import SocketClosed, TooSlow
from speaktracker.server.websocket.app_messages import (
    accept_headers,
    close_code,
    content,
    denied,
)
from speaktracker.server.websocket.message_socket import MessageSocket

EARLY_BYTES = 64 * 1024
PING = b"speaktracker"


class ClassroomSocket(MessageSocket):
    """The protocol of one socket; `send` is what its application awaits.

    `send` of a message waits while the transport stands above its high-water mark, then writes and
    returns. It raises TooSlow, with nothing written, once the peer has not read for `slow_after`
    seconds: the application then closes with 4008 (`websocket.close` never waits), and the server
    does so itself after `slow_grace`. It raises SocketClosed when the socket is closing or gone.
    """

    opened_at = pinged_at = 0.0
    dropped_at: float | None = None
    early = b""

    # --- Opening --------------------------------------------------------------------------------

    def connectionMade(self) -> None:  # noqa: N802
        """Start the clocks."""
        self.opened_at = self.last_received_at = self.pinged_at = time.monotonic()
        super().connectionMade()

    def onConnect(self, request: ConnectionRequest) -> Deferred[Any]:  # noqa: N802
        """Hand the handshake to the application; a process that drains takes no new socket."""
        if drain_state.is_draining():
            raise denied(503, "Service Unavailable")
        handshake: Deferred[Any] = super().onConnect(request)
        return handshake

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        """Read bytes; what comes while the application decides about the handshake is kept."""
        self.last_received_at = time.monotonic()
        if self.is_undecided:
            # Autobahn would take them for a second handshake, and no queue bounds them yet.
            self.early += data
            if len(self.early) > EARLY_BYTES:
                self.dropConnection(abort=True)
            return
        super().dataReceived(data)

    def onOpen(self) -> None:  # noqa: N802
        """Put our gate where the HTTP channel stood, and read what came before the answer."""
        self.transport.unregisterProducer()
        self.transport.registerProducer(self.write_gate, True)
        self.data += self.early
        self.early = b""

    # --- What the application asks for ------------------------------------------------------------

    async def send(self, message: dict[str, Any]) -> None:
        """Do what the application asks; see the class for how it waits and what it raises."""
        kind = message["type"]
        if kind == "websocket.send":
            await self.send_message(*content(message, self.options.max_message_out))
        elif kind == "websocket.close":
            self.close(close_code(message.get("code")), message.get("reason") or "")
        elif kind == "websocket.accept":
            self.accept(message.get("subprotocol"), message.get("headers") or ())
        else:
            raise ValueError(f"A socket's application cannot send {kind!r}.")

    def accept(self, subprotocol: str | None, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Answer the handshake; raises SocketClosed, or ValueError for an invalid answer."""
        if not self.is_undecided:
            raise SocketClosed
        if subprotocol is not None and subprotocol not in self.websocket_protocols:
            raise ValueError("The accepted subprotocol is none of those the client offers.")
        answer = (subprotocol, accept_headers(headers))
        # Taken away first: the answer opens the socket at once, which must find itself decided.
        handshake = self.handshake_deferred
        del self.handshake_deferred
        handshake.callback(answer)

    def close(self, code: int, reason: str = "", patience: float | None = None) -> None:
        """Close with any valid code, or refuse the handshake; a second close does nothing.

        The peer has `patience` seconds to answer, by default `close_timeout` of the options, or
        `slow_linger` while the write gate is paused.
        """
        if self.is_undecided:
            self.serverReject()
        elif self.state == self.STATE_OPEN:
            if patience is None and self.write_gate.is_paused:
                patience = self.options.slow_linger
            self.closeHandshakeTimeout = patience or self.options.close_timeout
            self.sendCloseFrame(code=code, reasonUtf8=encode_truncate(reason, 123))
            self.write_gate.fail(SocketClosed)
            self.transport.resumeProducing()  # the answer to our close frame must be read

    def dropConnection(self, abort: bool = False) -> None:  # noqa: N802
        """End the connection, and see to it that it ends even if its peer takes nothing more."""
        super().dropConnection(abort)
        self.look_again()

    # --- Closing --------------------------------------------------------------------------------

    def onClose(self, _clean: bool, code: int | None, _reason: str | None) -> None:  # noqa: N802
        """Queue the disconnect; its code is ours when we closed first, 1005 when none was given."""
        self.write_gate.fail(SocketClosed)
        # Set with the handshake: without it no application was ever started.
        if "server" in self.__dict__:
            ours = self.localCloseCode if self.closedByMe else None
            self.server.protocol_disconnected(self)
            if "application_queue" in self.__dict__:
                closed = {"type": "websocket.disconnect", "code": ours or code or 1005}
                self.application_queue.put_nowait(closed)

    def handle_exception(self, _exception: BaseException) -> None:
        """Close after the application failed or ended: 500 before the answer, 1011 after it."""
        if self.is_undecided:
            handshake = self.handshake_deferred
            del self.handshake_deferred
            handshake.errback(denied(500, "Internal Server Error"))
        else:
            self.close(1011)

    # --- Deadlines ------------------------------------------------------------------------------

    def check_timeouts(self) -> float:
        """End what has taken too long, and ping if that is due.

        Return when (monotonic seconds) there is anything to do again, 0.0 for the next sweep.
        """
        now = time.monotonic()
        if self.state == self.STATE_OPEN:
            if self.write_gate.is_paused:
                self.limit_slowness(now)
            else:
                return self.keep_heartbeat(now)
        elif self.state == self.STATE_CONNECTING:
            if now - self.opened_at > self.options.accept_timeout:
                self.close(1000)
            return self.opened_at + self.options.accept_timeout
        elif self.state == self.STATE_CLOSED:
            # Twisted closes only once its last bytes are out, and this peer may never take them.
            if self.dropped_at is None:
                self.dropped_at = now
            elif now - self.dropped_at > self.options.close_timeout:
                self.transport.abortConnection()
        return 0.0

    def limit_slowness(self, now: float) -> None:
        """Fail who waits to send; close with 4008 when the application has not done so."""
        self.last_received_at = now  # its silence is no sign: our ping would stand in the queue
        paused, options = self.write_gate.paused_seconds(), self.options
        if paused > options.slow_after:
            self.write_gate.fail(TooSlow)
        if paused > options.slow_after + options.slow_grace:
            self.close(4008, "too slow")

    def keep_heartbeat(self, now: float) -> float:
        """Ping each interval; abort a peer that has sent nothing at all since its ping.

        Return when to look again, 0.0 for the next sweep.
        """
        if self.pong_owed is not None:
            owed, self.pong_owed = self.pong_owed, None
            self.sendPong(owed)
        if self.application_queue.is_full:
            self.last_received_at = now  # it is we who do not read
            return 0.0
        options = self.options
        if self.pinged_at > self.last_received_at:
            if now - self.pinged_at > options.ping_timeout:
                self.dropConnection(abort=True)
        elif now - self.pinged_at >= options.ping_interval:
            self.pinged_at = now
            self.sendPing(PING)
        wait = options.ping_interval
        if self.pinged_at > self.last_received_at:
            wait = min(wait, options.ping_timeout)
        return self.pinged_at + wait
