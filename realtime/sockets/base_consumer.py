"""A consumer with two long-lived readers, one for the socket and one for the channel layer.

Channels' own consumer makes a task per message and hops through one shared thread before each
handler, to close old database connections. Ours opens none: SQL has its own door,
`speaktracker.db.threads`.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, cast

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, WebSocketScope
from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer
from channels.layers import get_channel_layer

from speaktracker import logs

Event = dict[str, Any]


class SocketConsumer(AsyncConsumer):  # type: ignore[misc]  # channels has no types
    """Read socket and layer side by side; an error in a layer event never ends the socket."""

    scope: WebSocketScope

    async def __call__(
        self, scope: WebSocketScope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        """Serve one socket until it has gone; `leave` runs however it ends."""
        self.scope = scope
        self.base_send: Callable[[Event], Awaitable[None]] = cast(Any, send)
        self.channel_layer = get_channel_layer(self.channel_layer_alias)
        self.channel_name: str = await self.channel_layer.new_channel()
        self._layer_reader: asyncio.Task[None] | None = None
        try:
            while True:
                await self.dispatch(await receive())
        except StopConsumer:
            pass
        finally:
            if self._layer_reader:
                self._layer_reader.cancel()
            forget = getattr(self.channel_layer, "forget", None)
            await asyncio.shield(self.leave())
            if forget:
                forget(self.channel_name)

    def listen(self) -> None:
        """Begin to read the layer; events that came before are read now."""
        self._layer_reader = asyncio.create_task(self._read_layer())

    async def leave(self) -> None:
        """Clean up; called once the socket has gone, and safe to call twice."""

    async def dispatch(self, message: Any) -> None:
        """Call the handler named like the message's type."""
        handler = getattr(self, message["type"].replace(".", "_"), None)
        # A newer process may send what this one does not know yet.
        if handler is not None:
            await handler(message)

    async def _read_layer(self) -> None:
        while True:
            event = await self.channel_layer.receive(self.channel_name)
            try:
                await self.dispatch(event)
            except Exception as error:
                logs.event(
                    "error",
                    status="error",
                    level=logging.ERROR,
                    message_type=str(event.get("type")),
                    exc_info=error,
                )
