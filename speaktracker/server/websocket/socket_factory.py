"""Makes the sockets of a server: which protocol they speak, and what autobahn must know of it."""

from typing import Any

from autobahn.websocket.protocol import WebSocketServerProtocol
from daphne.ws_protocol import WebSocketFactory

from speaktracker.server.websocket.classroom_socket import ClassroomSocket
from speaktracker.server.websocket.compression import accept_deflate
from speaktracker.server.websocket.corked_sockets import CorkedSockets
from speaktracker.server.websocket.fast_frames import FastSocket
from speaktracker.server.websocket.lean_socket import UNTOUCHED
from speaktracker.server.websocket.socket_options import SocketOptions
from speaktracker.server.websocket.upgrade_head import UpgradeHead


class SocketFactory(WebSocketFactory):  # type: ignore[misc]
    """Makes sockets with the fast path, or without it where the options say so."""

    def __init__(self, server: Any, options: SocketOptions) -> None:
        """Make sockets of daphne's `server`."""
        super().__init__(server, server=server.server_name)
        self.options = options
        self.setProtocolOptions(
            allowNullOrigin=True,
            # A text that is not UTF-8 is a bad message, and no bad message closes a socket.
            utf8validateIncoming=False,
            failByDrop=False,
            maxMessagePayloadSize=options.max_message_in,
            maxFramePayloadSize=options.max_message_in,
            # Sockets look after it themselves: theirs answers with a status, this would drop.
            openHandshakeTimeout=0,
            closeHandshakeTimeout=options.close_timeout,
            perMessageCompressionAccept=accept_deflate if options.compression else None,
        )
        self.protocol = self.made_for(FastSocket if options.fast_frames else ClassroomSocket)

    def made_for(self, protocol: type[ClassroomSocket]) -> type[ClassroomSocket]:
        """Make the protocol's class for this factory: all its sockets share what they are given.

        Autobahn would copy each of its 29 options into every socket that has it not.
        """
        shared = {name: getattr(self, name) for name in WebSocketServerProtocol.CONFIG_ATTRS}
        accept = staticmethod(shared["perMessageCompressionAccept"])
        shared |= {"perMessageCompressionAccept": accept, "factory": self, "options": self.options}
        shared |= {**UNTOUCHED, "corked_sockets": CorkedSockets()}
        return type(protocol.__name__, (protocol,), shared)

    def open(self, transport: Any, head: UpgradeHead) -> None:
        """Make a socket of a connection whose handshake was read already."""
        made = self.protocol()
        transport.protocol = made
        made.makeConnection(transport)
        made.take_upgrade(head)
