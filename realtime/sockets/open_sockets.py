"""The sockets that this process itself holds, for what only it can do: close, check, catch up.

Who is connected is never read from here but from the connection records.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from realtime.sockets.live_connection import LiveConnection
from speaktracker import metrics
from speaktracker.roster.models import UserType


class OpenSockets:
    """The live connections of one event loop; they may come and go while they are walked over."""

    def __init__(self) -> None:
        self._connections: set[LiveConnection] = set()

    def __iter__(self) -> Iterator[LiveConnection]:
        return iter(tuple(self._connections))

    @contextmanager
    def holding(self, connection: LiveConnection) -> Iterator[None]:
        """Count a socket among this process's own."""
        self._connections.add(connection)
        metrics.connection_opened(connection.user_type)
        try:
            yield
        finally:
            self._connections.discard(connection)
            connection.process.journal.part(connection.user_id)
            metrics.connection_closed(connection.user_type)

    def students(self) -> list[LiveConnection]:
        """List the students' sockets."""
        return [c for c in self._connections if c.user_type == UserType.STUDENT]


_open: WeakKeyDictionary[asyncio.AbstractEventLoop, OpenSockets] = WeakKeyDictionary()


def open_sockets() -> OpenSockets:
    """Return the sockets of the running event loop."""
    loop = asyncio.get_running_loop()
    found = _open.get(loop)
    if found is None:
        found = _open[loop] = OpenSockets()
    return found
