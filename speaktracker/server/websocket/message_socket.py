"""Messages over one WebSocket: daphne's protocol with back-pressure both ways."""

import time

from speaktracker.exceptions import SocketClosed
from speaktracker.server.websocket.app_messages import text_event
from speaktracker.server.websocket.lean_socket import LeanSocket
from speaktracker.server.websocket.receive_queue import ReceiveQueue
from speaktracker.server.websocket.socket_options import SocketOptions
from speaktracker.server.websocket.write_gate import WriteGate

_TEXT, _BINARY = 0x1, 0x2
_COMPRESSED = 4
MAX_FRAGMENTS = 1024


class MessageSocket(LeanSocket):
    """What is read goes to the application's bounded queue; what is written, through a gate.

    While the queue is full nothing more is read, and the peer's own writes stop. While the
    transport stands above its high-water mark senders wait at the gate.
    """

    options = SocketOptions()
    application_queue: ReceiveQueue
    data: bytes
    write_gate: WriteGate
    last_received_at = 0.0
    fragments = 0
    pong_owed: bytes | None = None

    def connectionMade(self) -> None:  # noqa: N802
        """Start with a clear gate."""
        self.write_gate = WriteGate(self.look_again)
        super().connectionMade()

    def look_again(self) -> None:
        """Have the server look at this socket's time at its next sweep."""
        self.factory.server_class.look_again(self)

    @property
    def is_undecided(self) -> bool:
        """Tell whether the application has yet to accept or refuse the handshake."""
        return self.state == self.STATE_CONNECTING and hasattr(self, "handshake_deferred")

    # --- Reading --------------------------------------------------------------------------------

    def new_receive_queue(self) -> ReceiveQueue:
        """Make the queue its application reads from; the reading of the socket pauses with it."""
        return ReceiveQueue(
            self.options.receive_queue_messages, self.pause_reading, self.resume_reading
        )

    def pause_reading(self) -> None:
        """Leave further bytes to the kernel: the application's queue is full."""
        if self.state == self.STATE_OPEN:
            self.transport.pauseProducing()

    def resume_reading(self) -> None:
        """Read what was left standing, then from the kernel, as long as the queue takes it."""
        self.last_received_at = time.monotonic()
        if self.state in (self.STATE_OPEN, self.STATE_CLOSING):
            if self.data:
                self.consumeData()
            # What was left standing may have filled the queue again.
            if not self.application_queue.is_full:
                self.transport.resumeProducing()

    def processData(self) -> bool:  # noqa: N802
        """Read one frame, but none while the application's queue is full."""
        # One read of the kernel holds hundreds of small frames: to pause the transport is too late.
        if self.state == self.STATE_OPEN and self.application_queue.is_full:
            return False
        more: bool = super().processData()
        return more

    def onMessageBegin(self, isBinary: bool) -> None:  # noqa: N802, N803
        """Start to count the fragments of a message."""
        super().onMessageBegin(isBinary)
        self.fragments = 0

    def onMessageFrameBegin(self, length: int) -> None:  # noqa: N802
        """Refuse a message of endless empty fragments, which no size limit would stop."""
        super().onMessageFrameBegin(length)
        self.fragments += 1
        if self.fragments > MAX_FRAGMENTS and not self.failedByMe:
            self._max_message_size_exceeded(0, 0, f"more than {MAX_FRAGMENTS} fragments")

    def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: N802, N803
        """Hand one whole message over; after our close frame nothing is read any more."""
        if self.state != self.STATE_OPEN:
            return
        if isBinary:
            self.application_queue.put_nowait({"type": "websocket.receive", "bytes": payload})
        else:
            self.receive_text(payload)

    def receive_text(self, payload: bytes) -> None:
        """Queue a text; one that is not UTF-8 goes as bytes: a bad message closes nothing."""
        self.application_queue.put_nowait(text_event(payload))

    # --- Writing --------------------------------------------------------------------------------

    async def send_message(self, payload: bytes, binary: bool) -> None:
        """Write one message as soon as the gate lets it; raises SocketClosed or TooSlow."""
        self._check_open()
        if self.write_gate.is_clear:
            self.write_message(payload, binary)
            return
        await self.write_gate.wait_turn()
        try:
            self._check_open()  # it may have closed meanwhile
            self.write_message(payload, binary)
        finally:
            self.write_gate.grant_turn()

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
        # Pongs pass the gate: a peer that pings and never reads would fill our memory with them.
        if self.write_gate.is_paused:
            self.pong_owed = payload or b""
        else:
            super().sendPong(payload)
