"""The fast path: whole text frames are read and written without autobahn's per-frame machinery.

A frame takes it when it is final, masked, text and complete in what was read, outside any other
message (and the empty pongs that answer our pings). Anything else goes to autobahn untouched, so
fragments, control frames, violations and closes are its business. Only over plain TCP without
compression: it looks into Twisted's transport, whose version is pinned.

Every status of a class comes in and goes out here: steps stand in one another, not beside each
other, because a call costs as much as the work of a step.
"""

import logging
import time

from twisted.internet.tcp import Server as TCPTransport

try:  # in C; a machine that could not compile it has the other
    from websockets.speedups import apply_mask
except ImportError:
    from websockets.utils import apply_mask

from speaktracker.server.websocket.classroom_socket import PING, ClassroomSocket
from speaktracker.server.websocket.corked_sockets import CorkedSockets
from speaktracker.transport.text_frames import FINAL_TEXT, frame_of, text_frame
from speaktracker.transport.text_writer import NoTextWriter, TextReceiver

_log = logging.getLogger(__name__)

_FINAL_PONG = 0x8A
_OPEN = ClassroomSocket.STATE_OPEN
CORKED_BYTES = 32 * 1024
PING_FRAME = bytes((0x89, len(PING))) + PING


class FastSocket(ClassroomSocket):
    """A socket that reads and writes whole text frames itself; its application's TextWriter."""

    direct = False
    longest_frame_out = 0
    text_receiver: TextReceiver | None = None
    corked: list[bytes]
    corked_bytes = 0
    corked_sockets: CorkedSockets  # of its factory

    def connectionMade(self) -> None:  # noqa: N802
        """See whether the transport is plain TCP."""
        self.corked = []
        super().connectionMade()
        self.direct = type(self.transport) is TCPTransport and not self.transport.TLS
        # A little early for the longest of all, which `send` then measures.
        self.longest_frame_out = self.options.max_message_out

    def __reduce__(self) -> tuple[type[NoTextWriter], tuple[()]]:
        """Leave the socket out of copies of the scope that it stands in."""
        return NoTextWriter, ()

    # --- Reading --------------------------------------------------------------------------------

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        """Read leading text frames here, and leave the rest to autobahn."""
        rest = self._read_texts(data)
        if rest:
            super().dataReceived(rest)
        else:
            self.last_received_at = time.monotonic()

    def resume_reading(self) -> None:
        """Read what was left standing, on the fast path too."""
        self.data = self._read_texts(b"") or self.data
        super().resume_reading()

    def _read_texts(self, data: bytes) -> bytes:
        """Hand over the text frames that lead what was left and `data`; return what follows them.

        Between two frames of autobahn's, or while the socket is not open, that is all of `data`.
        """
        if (
            self.state != _OPEN
            or self.current_frame is not None
            or self.inside_message
            or not self.direct
        ):
            return data
        if self.data:
            data, self.data = self.data + data, b""
        at, end, queue = 0, len(data), self.application_queue
        # One read may hold hundreds of texts: the queue is asked before each, or it would overflow.
        while end - at >= 6 and not queue.is_full:
            # A client's frame has its mask bit set: anything below 0x80 comes out negative.
            size, body = data[at + 1] - 0x80, at + 6
            if size == 126 and end - at >= 8:
                size, body = (data[at + 2] << 8) | data[at + 3], at + 8
                if size < 126:
                    break
            elif not 0 <= size < 126:
                break
            after = body + size
            if after > end or size > self.maxMessagePayloadSize:
                break
            if data[at] == FINAL_TEXT:
                self.receive_text(apply_mask(data[body:after], data[body - 4 : body]))
            elif data[at] != _FINAL_PONG or size > 125:
                break
            at = after
        return data[at:]

    def receive_text(self, payload: bytes) -> None:
        """Offer a text to the receiver when nothing is before it, else queue it."""
        receiver = self.text_receiver
        # While the application handles an earlier event everything queues behind it, in order.
        if receiver is not None and self.application_queue.is_awaited:
            try:
                if receiver(payload):
                    return
            except Exception:
                _log.exception(
                    "The text receiver of a socket failed; its application awaits texts now."
                )
                self.text_receiver = None
        super().receive_text(payload)

    def on_text(self, receiver: TextReceiver) -> None:
        """Offer texts to the application where they are read; see TextWriter."""
        self.text_receiver = receiver

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:  # noqa: N802, N803
        """Let the application go, which the receiver belongs to."""
        self.text_receiver = None
        super().onClose(wasClean, code, reason)

    # --- Writing --------------------------------------------------------------------------------

    def __call__(self, text: str) -> bool:
        """Write one text message at once, or return False: it must wait; see TextWriter."""
        return self.write_frame(text_frame(text))

    def write_frame(self, frame: bytes) -> bool:
        """Write the frame of one text message at once, or return False; see TextWriter."""
        if (
            self.state != _OPEN
            or not self.write_gate.is_clear
            or len(frame) > self.longest_frame_out
        ):
            return False
        self._cork(frame)
        return True

    def write_message(self, payload: bytes, binary: bool) -> None:
        """Write one message now, past autobahn when it is text."""
        if binary or not self.direct:
            super().write_message(payload, binary)
        else:
            self._cork(frame_of(payload))

    def _cork(self, frame: bytes) -> None:
        """Write at the end of this turn of the loop: all its frames in one call of the kernel."""
        if not self.corked:
            self.corked_sockets.add(self)
        self.corked.append(frame)
        self.corked_bytes += len(frame)
        # The gate sees only what the transport holds: what is corked must stay below its mark.
        if self.corked_bytes > CORKED_BYTES:
            self.uncork()

    def uncork(self) -> None:
        """Hand over what is corked now, before the turn ends."""
        if self.corked:
            self.hand_over(b"".join(self.corked))

    def hand_over(self, frames: bytes) -> None:
        """Hand what is corked, joined, to the kernel; Twisted buffers and counts the rest."""
        transport = self.transport
        # Others may have corked the same, and be compared with this list: it stays as it is.
        self.corked = []
        self.corked_bytes = 0
        # Past Twisted only while it holds nothing back, or these bytes would overtake its own.
        if (
            transport.dataBuffer
            or transport._tempDataBuffer
            or transport.disconnecting
            or not transport.connected
            or not self.direct
        ):
            transport.write(frames)
            return
        try:
            sent = transport.socket.send(frames)
        except OSError:
            sent = 0  # full, or broken: Twisted meets the same error and ends the connection
        if sent < len(frames):
            transport.write(frames[sent:])

    def write_answer(self, answer: bytes) -> None:
        """Write the head that opens the socket, together with what is sent in the same turn."""
        self._cork(answer)

    def sendPing(self, payload: bytes | None = None) -> None:  # noqa: N802
        """Ping; ours is one frame for all sockets, and goes at once where nothing waits."""
        if payload != PING or not self.direct:
            super().sendPing(payload)
        elif self.corked:
            self._cork(PING_FRAME)
        else:
            self.hand_over(PING_FRAME)

    def sendData(self, data: bytes, sync: bool = False, chopsize: int | None = None) -> None:  # noqa: N802
        """Write what autobahn has to say, behind what is corked."""
        self.uncork()
        super().sendData(data, sync, chopsize)

    def dropConnection(self, abort: bool = False) -> None:  # noqa: N802
        """Let what is corked go out before the connection ends."""
        self.uncork()
        super().dropConnection(abort)
