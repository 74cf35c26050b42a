"""The sockets that this process itself holds, for what only it can do: close, check, catch up.

Who is connected is never read from here but from the connection records.
"""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from realtime.sockets.live_connection import LiveConnection
from speaktracker import metrics
from speaktracker.roster.models import UserType


class OpenSockets:
    """The live connections of one event loop; they may come and go while they are walked over."""

    def __init__(self) -> None:
        self._connections: dict[str, LiveConnection] = {}
        self._expected: set[str] = set()

    def __iter__(self) -> Iterator[LiveConnection]:
        return iter(tuple(self._connections.values()))

    @contextmanager
    def holding(self, connection: LiveConnection) -> Iterator[None]:
        """Count a socket among this process's own."""
        self._connections[connection.connection_id] = connection
        metrics.connection_opened(connection.user_type)
        try:
            yield
        finally:
            self._connections.pop(connection.connection_id, None)
            connection.process.journal.part(connection.user_id)
            metrics.connection_closed(connection.user_type)

    def find(self, connection_id: str) -> LiveConnection | None:
        """Find a socket that is held here and takes what is written to it."""
        found = self._connections.get(connection_id)
        return None if found is None or found.write_queue.closed else found

    def is_opening(self, connection_id: str) -> bool:
        """Tell whether a connection may be recorded already whose socket is still being set up."""
        return connection_id in self._expected and connection_id not in self._connections

    @contextmanager
    def expecting(self, connection_id: str) -> Iterator[None]:
        """Count a connection from before its record is stored until it has been let go."""
        self._expected.add(connection_id)
        try:
            yield
        finally:
            self._expected.discard(connection_id)

    def unexpected(self, connection_ids: Iterable[str]) -> set[str]:
        """Tell which of these neither are held nor about to be."""
        return set(connection_ids) - self._expected

    def latest_words_first(self) -> list[LiveConnection]:
        """List all, of a student's tabs first the one that spoke last."""
        return sorted(self, key=lambda c: c.reported.version if c.reported else 0, reverse=True)

    def students(self) -> list[LiveConnection]:
        """List the students' sockets."""
        return [c for c in self if c.user_type == UserType.STUDENT]


_open: WeakKeyDictionary[asyncio.AbstractEventLoop, OpenSockets] = WeakKeyDictionary()


def open_sockets() -> OpenSockets:
    """Return the sockets of the running event loop."""
    loop = asyncio.get_running_loop()
    found = _open.get(loop)
    if found is None:
        found = _open[loop] = OpenSockets()
    return found
