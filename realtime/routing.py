"""Socket routes: one endpoint for both roles, and a clear close for every other path."""

from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import URLRouter
from django.urls import re_path

from realtime.consumers import ClassroomConsumer
from realtime.protocol.codes import CloseCode


class NoSuchSocket(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    """Refuse a path that is none of ours in a way that a browser can read."""

    async def connect(self) -> None:
        """Accept, then close: a refused handshake would hide the code."""
        await self.accept()
        await self.close(code=int(CloseCode.BAD_REQUEST))


def router() -> Any:
    """Route websocket scopes."""
    return URLRouter(
        [
            re_path(r"^ws/?$", ClassroomConsumer.as_asgi()),
            re_path(r"", NoSuchSocket.as_asgi()),
        ]
    )
