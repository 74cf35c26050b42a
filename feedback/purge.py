"""What every process does for feedback beside its sockets."""

from collections.abc import Awaitable, Callable

from feedback import store
from speaktracker import db

PURGE_SECONDS = 600


async def purge() -> None:
    """Delete feedback past its lifetime, a batch at a time."""
    while await db.write(store.purge):
        pass


def duties() -> list[tuple[float, Callable[[], Awaitable[None]]]]:
    """List the duties with their periods in seconds."""
    return [(PURGE_SECONDS, purge)]
