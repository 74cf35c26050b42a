"""The fast path: whole text frames are read and written without autobahn's per-frame machinery.

A frame takes it when it is final, masked, text and complete in what was read, outside any other
message (and the empty pongs that answer our pings). Anything else goes to autobahn untouched, so
fragments, control frames, violations and closes are its business. Only over plain TCP without
compression: it looks into Twisted's transport, whose version is pinned.
"""

import asyncio
import logging
import time

from twisted.internet.tcp import Server as TCPTransport

from speaktracker.server.websocket.websocket_protocol import ClassroomSocket, ClassroomSocketFactory
from speaktracker.transport.text_frames import TextReceiver, frame_of, text_frame

_log = logging.getLogger(__name__)

_FINAL_TEXT, _FINAL_PONG = 0x81, 0x8A
_CORKED_BYTES = 32 * 1024
_int = int.from_bytes


class FastSocket(ClassroomSocket):
    """A socket that reads and writes whole text frames itself."""

    direct = False
    longest_frame_out = 0
    text_receiver: TextReceiver | None = None
    corked: list[bytes]
    corked_bytes = 0

    def connectionMade(self) -> None:  # noqa: N802
        """See whether the transport is plain TCP."""
        self.corked = []
        super().connectionMade()
        self.direct = type(self.transport) is TCPTransport and not self.transport.TLS
        # A little early for the longest of all, which `send` then measures.
        self.longest_frame_out = self.options.max_message_out

    # --- Reading --------------------------------------------------------------------------------

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        """Read leading text frames here, and leave the rest to autobahn."""
        if self._at_frame_border():
            if self.data:
                data, self.data = self.data + data, b""
            data = data[self._read_texts(data) :]
            if not data:
                self.last_heard = time.monotonic()
                return
        super().dataReceived(data)

    def read_on(self) -> None:
        """Read what was left standing, on the fast path too."""
        if self._at_frame_border() and self.data:
            self.data = self.data[self._read_texts(self.data) :]
        super().read_on()

    def _at_frame_border(self) -> bool:
        return (
            self.state == self.STATE_OPEN
            and self.current_frame is None
            and not self.inside_message
            and self.direct
        )

    def _read_texts(self, data: bytes) -> int:
        """Hand the leading text frames of `data` over; return how many bytes they took."""
        at, end, inbox = 0, len(data), self.application_queue
        while end - at >= 6 and not inbox.full_up:
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
            if data[at] == _FINAL_TEXT:
                self.hear_text(unmasked(data[body - 4 : body], data[body:after]))
            elif data[at] != _FINAL_PONG or size > 125:
                break
            at = after
        return at

    def on_text(self, receiver: TextReceiver) -> None:
        """Offer texts to the application where they are read; see TextWriter."""
        self.text_receiver = receiver

    def hear_text(self, payload: bytes) -> None:
        """Offer a text to the receiver when nothing is before it, else queue it."""
        receiver = self.text_receiver
        if receiver is not None and self.application_queue.is_awaited:
            try:
                if receiver(payload):
                    return
            except Exception:
                _log.exception(
                    "The text receiver of a socket failed; its application awaits texts now."
                )
                self.text_receiver = None
        super().hear_text(payload)

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:  # noqa: N802, N803
        """Let the application go, which the receiver belongs to."""
        self.text_receiver = None
        super().onClose(wasClean, code, reason)

    # --- Writing --------------------------------------------------------------------------------

    def write_message(self, payload: bytes, binary: bool) -> None:
        """Write one message now, past autobahn when it is text."""
        if binary or not self.direct:
            super().write_message(payload, binary)
        else:
            self._put(frame_of(payload))

    def __call__(self, text: str) -> bool:
        """Write one text message at once, or say that it must wait; see TextWriter."""
        if self.state != self.STATE_OPEN or not self.gate.is_open:
            return False
        frame = text_frame(text)
        if len(frame) > self.longest_frame_out:
            return False
        self._put(frame)
        return True

    def sendData(self, data: bytes, sync: bool = False, chopsize: int | None = None) -> None:  # noqa: N802
        """Write what autobahn has to say, behind what is corked."""
        self.uncork()
        super().sendData(data, sync, chopsize)

    def dropConnection(self, abort: bool = False) -> None:  # noqa: N802
        """Let what is corked go out before the connection ends."""
        self.uncork()
        super().dropConnection(abort)

    def _put(self, frame: bytes) -> None:
        """Write at the end of this turn of the loop: all its frames in one call of the kernel."""
        if not self.corked:
            asyncio.get_running_loop().call_soon(self.uncork)
        self.corked.append(frame)
        self.corked_bytes += len(frame)
        if self.corked_bytes > _CORKED_BYTES:
            self.uncork()

    def uncork(self) -> None:
        """Hand what is corked to the kernel; Twisted buffers and counts what it does not take."""
        if not self.corked:
            return
        frame, transport = b"".join(self.corked), self.transport
        self.corked.clear()
        self.corked_bytes = 0
        if (
            transport.dataBuffer
            or transport._tempDataBuffer
            or transport.disconnecting
            or not transport.connected
            or not self.direct
        ):
            transport.write(frame)
            return
        try:
            sent = transport.socket.send(frame)
        except OSError:
            sent = 0  # full, or broken: Twisted meets the same error and ends the connection
        if sent < len(frame):
            transport.write(frame[sent:])


def unmasked(mask: bytes, payload: bytes) -> bytes:
    """Undo the client's mask of four bytes."""
    size = len(payload)
    key = (mask * (size // 4 + 1))[:size]
    return (_int(payload, "little") ^ _int(key, "little")).to_bytes(size, "little")


class FastSocketFactory(ClassroomSocketFactory):
    """Makes sockets with the fast path."""

    protocol = FastSocket
