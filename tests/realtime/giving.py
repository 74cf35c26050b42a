"""Giving and receiving feedback in a test."""

from tests.socket_client import Message, SocketClient


async def texts(socket: SocketClient, count: int) -> list[str]:
    """Receive `count` feedback frames and return their texts."""
    return [(await socket.hears("feedback"))["message"] for _ in range(count)]


async def give(dashboard: SocketClient, message: Message) -> Message:
    """Send feedback and return the `feedback_status` that answers it."""
    return await dashboard.ask(
        message, "feedback_status", original_message_id=message["message_id"]
    )


async def keep(dashboard: SocketClient, message: Message) -> str:
    """Give feedback to an offline student and return the server's id of it."""
    given = await give(dashboard, message)
    await dashboard.hears("message_error", code="RECIPIENT_OFFLINE")
    return str(given["message_id"])
