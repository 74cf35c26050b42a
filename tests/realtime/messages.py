"""Messages as a client would write them, and waiting for what no message tells."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

from speaktracker.roster.models import User

_numbers = count(1)


def status(word: str = "studying", **fields: Any) -> dict[str, Any]:
    """Write a `status` with what is required of it, and `fields`."""
    return {"type": "status", "status": word, "session_id": "session_123", **fields}


def feedback(student: User, message: str = "발음이 좋아졌어요", **fields: Any) -> dict[str, Any]:
    """Write a `feedback` for `student`, with a `message_id` of its own unless one is given."""
    return {
        "type": "feedback",
        "student_email": student.email,
        "session_id": "session_123",
        "message": message,
        "message_type": "text",
        "message_id": f"msg_{next(_numbers)}",
        **fields,
    }


def without(message: dict[str, Any], *names: str) -> dict[str, Any]:
    """Leave fields out of a message."""
    return {name: value for name, value in message.items() if name not in names}


async def becomes(look: Callable[[], Awaitable[Any]], expected: Any) -> None:
    """Wait until `look` returns what is expected; at most 30 seconds."""
    seen = None
    for _ in range(600):
        seen = await look()
        if seen == expected:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"it stayed {seen}, not {expected}")
