"""Whether DATABASE_URL still leads to the server that this process's connections lead to."""

from typing import Any

from django.db import connection

from speaktracker.db.threads import read

# For so long at most feedback goes to a master that was left behind, and is lost with it.
LOOK_SECONDS = 5.0


async def follow_address() -> bool:
    """Have every connection made anew where the address has moved, and tell; SQLite's does not."""
    return connection.vendor == "postgresql" and await read(_leave_if_moved)


def _leave_if_moved() -> bool:
    wrapper: Any = connection  # of speaktracker.db.postgresql
    return bool(wrapper.leave_if_moved())
