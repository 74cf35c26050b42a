"""Makes the sockets of a server: which protocol they speak, and what autobahn must know of it."""

from typing import Any

from daphne.ws_protocol import WebSocketFactory

from speaktracker.server.websocket.classroom_socket import ClassroomSocket
from speaktracker.server.websocket.compression import accept_deflate
from speaktracker.server.websocket.corked_sockets import CorkedSockets
from speaktracker.server.websocket.fast_frames import FastSocket
from speaktracker.server.websocket.socket_options import SocketOptions


class SocketFactory(WebSocketFactory):  # type: ignore[misc]
    """Makes sockets with the fast path, or without it where the options say so."""

    def __init__(self, server: Any, options: SocketOptions) -> None:
        """Make sockets of daphne's `server`."""
        super().__init__(server, server=server.server_name)
        self.protocol = FastSocket if options.fast_frames else ClassroomSocket
        self.options = options
        self.corked_sockets = CorkedSockets()
        self.setProtocolOptions(
            allowNullOrigin=True,
            # A text that is not UTF-8 is a bad message, and no bad message closes a socket.
            utf8validateIncoming=False,
            failByDrop=False,
            maxMessagePayloadSize=options.max_message_in,
            maxFramePayloadSize=options.max_message_in,
            # Only a safeguard: ours answers with a status, where autobahn's merely drops.
            openHandshakeTimeout=options.accept_timeout + 2,
            closeHandshakeTimeout=options.close_timeout,
            perMessageCompressionAccept=accept_deflate if options.compression else None,
        )
