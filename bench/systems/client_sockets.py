"""One client's socket: plain JSON as ours and naive Channels speak it, and Socket.IO's framing."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from picows import WSFrame, WSListener, WSMsgType, WSTransport

OnText = Callable[[bytes], None]
Frame = dict[str, Any]
_TEXT, _CLOSE = WSMsgType.TEXT, WSMsgType.CLOSE


class ClientSocket(WSListener):  # type: ignore[misc]
    """A socket that has said who it is; once it is welcome, `on_text` gets every text frame."""

    def __init__(self, token: str, welcome: bytes, on_text: OnText | None) -> None:
        self.welcomed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: WSTransport | None = None
        self.on_text = on_text
        self.is_closed = False
        self._token = token
        self._welcome = welcome

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Keep the transport to write to."""
        self.transport = transport

    def on_ws_disconnected(self, _transport: WSTransport) -> None:
        """Note that it is over."""
        self.is_closed = True
        if not self.welcomed.done():
            self.welcomed.set_exception(ConnectionError("closed before it was welcome"))

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Take one frame."""
        if frame.msg_type == _TEXT:
            self.receive(frame.get_payload_as_bytes())
        elif frame.msg_type == _CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()

    def receive(self, payload: bytes) -> None:
        """Wait for the welcome, then pass texts on."""
        if self.welcomed.done():
            if self.on_text is not None:
                self.on_text(payload)
        elif self._welcome in payload:
            self.welcomed.set_result(None)

    def send_status(self, body: bytes) -> None:
        """Send a status, given as a JSON object without its `type`."""
        assert self.transport is not None
        self.transport.send(_TEXT, b'{"type":"status",' + body[1:])

    @staticmethod
    def frames_in(payload: bytes) -> list[Frame]:
        """Read the frames of the contract in one text."""
        return [json.loads(payload)]

    def close(self) -> None:
        """Break the connection off."""
        if self.transport is not None and not self.is_closed:
            self.transport.disconnect(graceful=False)


class SocketIOSocket(ClientSocket):
    """The same in Socket.IO's framing: 0 open, 2 ping, 40 connect, 42 event, 44 refused."""

    def receive(self, payload: bytes) -> None:
        """Answer Engine.IO's own frames; pass events on."""
        assert self.transport is not None
        kind = payload[:1]
        if payload.startswith(b"44"):
            self.welcomed.set_exception(ConnectionError("refused before it was welcome"))
        elif payload.startswith(b"42"):
            super().receive(payload)
        elif kind == b"0":
            self.transport.send(_TEXT, b'40{"token":"%s"}' % self._token.encode())
        elif kind == b"2":
            self.transport.send(_TEXT, b"3")

    def send_status(self, body: bytes) -> None:
        """Send a status event."""
        assert self.transport is not None
        self.transport.send(_TEXT, b'42["status",' + body + b"]")

    @staticmethod
    def frames_in(payload: bytes) -> list[Frame]:
        """Read what follows the event's name; its frames need not name their type."""
        name, frame = json.loads(payload[2:])
        return [{"type": name, **frame}]
