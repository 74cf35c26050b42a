"""What every process does for feedback beside its sockets."""

from collections.abc import Awaitable, Callable

from feedback import records
from speaktracker import database

PURGE_SECONDS = 600


async def purge() -> None:
    """Delete feedback past its lifetime, a batch at a time."""
    while await database.write(records.purge):
        pass


def duties() -> list[tuple[float, Callable[[], Awaitable[None]]]]:
    """List the duties with their periods in seconds."""
    return [(PURGE_SECONDS, purge)]
