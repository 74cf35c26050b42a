"""Socket routes: one endpoint for both roles, and a clear close for every other path."""

from contextlib import suppress
from typing import Any

from channels.exceptions import StopConsumer
from channels.routing import URLRouter
from django.urls import re_path

from realtime.consumers import ClassroomConsumer
from realtime.protocol.codes import CloseCode
from realtime.sockets.base_consumer import SocketConsumer


class NoSuchSocket(SocketConsumer):
    """Refuse a path that is none of ours in a way that a browser can read.

    Not Channels' own consumer: it opens a channel on the layer, and does not end it.
    """

    async def websocket_connect(self, _message: dict[str, Any]) -> None:
        """Accept, then close: a refused handshake would hide the code."""
        with suppress(OSError):  # who has left again meanwhile
            await self.base_send({"type": "websocket.accept"})
            await self.base_send({"type": "websocket.close", "code": int(CloseCode.BAD_REQUEST)})

    async def websocket_receive(self, _message: dict[str, Any]) -> None:
        """Read nothing of what was on its way."""

    async def websocket_disconnect(self, _message: dict[str, Any]) -> None:
        """End the consumer."""
        raise StopConsumer


def router() -> Any:
    """Route websocket scopes."""
    return URLRouter(
        [
            re_path(r"^ws/?$", ClassroomConsumer.as_asgi()),
            re_path(r"", NoSuchSocket.as_asgi()),
        ]
    )
