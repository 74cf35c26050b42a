"""What a connection says first: a plain handshake is a socket at once, all else is HTTP's."""

import time
from collections.abc import Callable
from typing import Any

from twisted.internet.protocol import Protocol, ServerFactory
from twisted.internet.tcp import Server as TCPTransport

from speaktracker import drain_state
from speaktracker.server.file_limit import is_of_the_last
from speaktracker.server.http_requests import HEAD_SECONDS, RequestFactory
from speaktracker.server.websocket.socket_factory import SocketFactory
from speaktracker.server.websocket.upgrade_head import read_upgrade


class FirstBytes(Protocol):
    """A connection that has said nothing yet."""

    factory: "FirstBytesFactory"

    def connectionMade(self) -> None:  # noqa: N802
        """Wait for the first bytes; one of the last files is for who asks how the process is."""
        transport: Any = self.transport
        if is_of_the_last(transport.fileno()):
            self.factory.hand_to_http(transport, HEAD_SECONDS)
        else:
            self.factory.silent[self] = self.factory.clock()

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        """Open a socket where `data` is a whole, plain handshake; else have HTTP read it."""
        factory, transport = self.factory, self.transport
        since = factory.silent.pop(self)
        # Only the simple case: a process that drains, or may compress, says more about it.
        if (
            not factory.sockets.options.compression
            and type(transport) is TCPTransport
            and not drain_state.is_draining()
            and (head := read_upgrade(data))
        ):
            factory.sockets.open(transport, head)
        else:
            waited = factory.clock() - since
            factory.hand_to_http(transport, HEAD_SECONDS - waited).dataReceived(data)

    def connectionLost(self, reason: Any = None) -> None:  # noqa: N802, ARG002
        """Expect nothing of who is gone."""
        self.factory.silent.pop(self, None)


class FirstBytesFactory(ServerFactory):
    """Makes the connections of a server; `silent` are those that have said nothing, oldest first.

    They have the time that the head of a request has, without a timer each: `end_silent`, called
    once a second, looks at the oldest.
    """

    protocol: Any = FirstBytes
    noisy = False

    def __init__(
        self,
        http: RequestFactory,
        sockets: SocketFactory,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.http = http
        self.sockets = sockets
        self.clock = clock
        self.silent: dict[FirstBytes, float] = {}

    def startFactory(self) -> None:  # noqa: N802
        """Start HTTP's."""
        self.http.doStart()

    def stopFactory(self) -> None:  # noqa: N802
        """Stop HTTP's."""
        self.http.doStop()

    def hand_to_http(self, transport: Any, seconds: float) -> Any:
        """Make an HTTP connection of it, whose first head has so many seconds left."""
        channel = self.http.buildProtocol(transport.getPeer())
        channel.first_head_seconds = max(0.0, seconds)
        transport.protocol = channel
        channel.makeConnection(transport)
        return channel

    def end_silent(self) -> None:
        """End the connections that have had their time."""
        latest = self.clock() - HEAD_SECONDS
        for waiting, since in list(self.silent.items()):
            if since > latest:
                break
            transport: Any = waiting.transport
            transport.loseConnection()
