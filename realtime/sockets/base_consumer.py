"""A consumer with one long-lived reader of its socket.

Channels' own consumer makes a task per message and hops through one shared thread before each
handler, to close old database connections. Ours opens none: SQL has its own way, `speaktracker.db`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, WebSocketScope
from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer

from speaktracker.exceptions import SocketClosed


class SocketConsumer(AsyncConsumer):  # type: ignore[misc]  # channels has no types
    """Read one socket, event after event."""

    scope: WebSocketScope

    async def __call__(
        self, scope: WebSocketScope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        """Serve one socket until it has gone; `leave` runs however it ends."""
        self.scope = scope
        self.base_send: Callable[[dict[str, Any]], Awaitable[None]] = cast(Any, send)
        try:
            while True:
                await self.dispatch(await receive())
        except (StopConsumer, SocketClosed):  # gone, or found gone while it was let in or refused
            pass
        finally:
            await asyncio.shield(self.leave())

    async def leave(self) -> None:
        """Clean up; called once the socket has gone, and safe to call twice."""

    async def dispatch(self, message: Any) -> None:
        """Call the handler named like the message's type."""
        await getattr(self, message["type"].replace(".", "_"))(message)
