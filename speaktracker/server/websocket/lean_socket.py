"""Daphne's WebSocket without what autobahn gives each socket anew, and a handshake read once.

Autobahn sets some seventy attributes of a socket when it connects and makes a validator, counters,
a deque and two futures, which nobody of ours asks for: a tenth of what a handshake cost, and 9 KiB
of a quiet socket. Here they stand once, for all sockets; what happens to a socket, it notes itself.
`tests/server/test_lean_socket.py` holds the list to autobahn's own, whose version is pinned.
"""

from base64 import b64encode
from hashlib import sha1
from typing import Any, Final
from urllib.parse import unquote

from autobahn.websocket.protocol import TrafficStats
from autobahn.websocket.types import ConnectionDeny
from daphne.ws_protocol import WebSocketProtocol

from speaktracker.server.websocket.app_messages import denied
from speaktracker.server.websocket.upgrade_head import UpgradeHead

# RFC 6455, section 1.3.
_MAGIC: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

Answer = tuple[str | None, dict[str, list[str]]]


class UnawaitedFuture:
    """Stands where autobahn would tell of a socket's opening and closing: nobody waits there."""

    def callback(self, _result: object) -> None:
        """Take note of nothing."""


class Decision:
    """What the application makes of a handshake, called as daphne calls its Deferred."""

    __slots__ = ("_socket",)

    def __init__(self, socket: "LeanSocket") -> None:
        self._socket = socket

    def callback(self, answer: Answer) -> None:
        """Open the socket."""
        self._socket.succeedHandshake(answer)

    def errback(self, refused: ConnectionDeny) -> None:
        """Answer with a status, and end."""
        self._socket.failHandshake(refused.reason, refused.code)


# A socket to which nothing has happened, as autobahn writes it.
UNTOUCHED: Final[dict[str, Any]] = {
    "state": WebSocketProtocol.STATE_CONNECTING,
    "send_state": WebSocketProtocol.SEND_STATE_GROUND,
    "data": b"",
    **dict.fromkeys(("inside_message", "triggered", "closedByMe", "failedByMe"), False),
    **dict.fromkeys(("droppedByMe", "wasClean", "wasServingFlashSocketPolicyFile"), False),
    **dict.fromkeys(("wasMaxFramePayloadSizeExceeded", "wasMaxMessagePayloadSizeExceeded"), False),
    **dict.fromkeys(("wasOpenHandshakeTimeout", "wasCloseHandshakeTimeout"), False),
    "wasServerConnectionDropTimeout": False,
    **dict.fromkeys(("wasNotCleanReason", "trackedTimings", "_perMessageCompress")),
    **dict.fromkeys(("localCloseCode", "localCloseReason")),
    **dict.fromkeys(("remoteCloseCode", "remoteCloseReason")),
    **dict.fromkeys(("openHandshakeTimeoutCall", "closeHandshakeTimeoutCall")),
    **dict.fromkeys(("autoPingTimeoutCall", "autoPingPending", "autoPingPendingCall")),
    "autoPingPendingSent": None,
    "autoPingPendingSeq": 0,
    # No text is looked at for what is no UTF-8, nobody reads the counts, nor writes in pieces.
    "utf8validator": None,
    "trafficStats": TrafficStats(),  # type: ignore[no-untyped-call]
    "send_queue": (),
    "is_open": UnawaitedFuture(),
    "is_closed": UnawaitedFuture(),
    # What autobahn notes of a handshake that it has read.
    "websocket_version": 13,
    "websocket_origin": "",
    "websocket_extensions": (),
    "websocket_extensions_in_use": (),
    "websocket_protocol_in_use": None,
    "current_frame": None,
}


class LeanSocket(WebSocketProtocol):  # type: ignore[misc]
    """Holds of autobahn's state only what differs from that of a socket to which nothing happened.

    The rest, UNTOUCHED and the options, are attributes of the class that SocketFactory makes.
    """

    websocket_protocols: list[str]

    # Daphne writes both in Python; a socket is looked up for each of its events.
    __hash__ = object.__hash__
    __eq__ = object.__eq__

    def __init__(self) -> None:
        """Make nothing: see above."""

    def connectionMade(self) -> None:  # noqa: N802
        """Begin; the address and all else that autobahn would note is asked for where it counts."""
        self.transport.setTcpNoDelay(True)
        self.factory.countConnections += 1

    def _onOpen(self) -> None:  # noqa: N802
        self.onOpen()

    def take_upgrade(self, head: UpgradeHead) -> None:
        """Hand a handshake that was read already to the application."""
        server = self.server = self.factory.server_class
        server.protocol_connected(self)
        here, (host, port) = self.transport.getHost(), self.transport.client[:2]
        self.path = head.path
        self.client_addr = [str(host), port]
        self.websocket_protocols = head.subprotocols
        self._wskey = head.key.decode("ascii")
        self.handshake_deferred = Decision(self)
        self.application_queue = server.create_application(
            self,
            {
                "type": "websocket",
                "path": unquote(head.path.decode("ascii")),
                "raw_path": head.path,
                "root_path": server.root_path,
                "headers": head.headers,
                "query_string": head.query_string,
                "client": self.client_addr,
                "server": [str(here.host), here.port],
                "subprotocols": list(head.subprotocols),
            },
        )
        self.application_queue.put_nowait({"type": "websocket.connect"})

    def succeedHandshake(self, res: Answer) -> None:  # noqa: N802
        """Answer and open; where compression may be agreed on autobahn does both."""
        if self.websocket_extensions:
            super().succeedHandshake(res)
            return
        subprotocol, headers = res
        self.websocket_protocol_in_use = subprotocol
        lines = [
            "HTTP/1.1 101 Switching Protocols",
            f"Server: {self.factory.server}",
            "Upgrade: WebSocket",
            "Connection: Upgrade",
            *(f"{name}: {value}" for name, values in headers.items() for value in values),
        ]
        if subprotocol is not None:
            lines.append(f"Sec-WebSocket-Protocol: {subprotocol}")
        accept = b64encode(sha1(self._wskey.encode() + _MAGIC, usedforsecurity=False).digest())
        lines.append(f"Sec-WebSocket-Accept: {accept.decode()}\r\n\r\n")
        self.write_answer("\r\n".join(lines).encode())
        self.state = self.STATE_OPEN
        self._onOpen()
        if self.data:
            self.consumeData()

    def write_answer(self, answer: bytes) -> None:
        """Write the head that opens the socket."""
        self.transport.write(answer)

    def serverReject(self) -> None:  # noqa: N802
        """Refuse the handshake with 403."""
        handshake = self.handshake_deferred
        del self.handshake_deferred
        handshake.errback(denied(403, "Access denied"))
        self.server.protocol_disconnected(self)
