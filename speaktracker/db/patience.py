"""How long the database may take to answer: a command waits as long as it takes, a server does not.

A server's disk may hang, or a relay have lost its other side: TCP is well, and nothing comes. Each
statement would keep a thread and a connection for ever, though the address leads elsewhere by now.
"""

from typing import ClassVar

# For each step of a statement; above the five seconds that PostgreSQL itself waits for a lock.
SERVING_SECONDS = 7.0


class Patience:
    """Of this process: seconds, or None for no end."""

    seconds: ClassVar[float | None] = None

    @classmethod
    def end(cls) -> None:
        """Have each connection given up that has not answered for SERVING_SECONDS."""
        cls.seconds = SERVING_SECONDS
