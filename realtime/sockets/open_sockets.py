"""The sockets that this process itself holds, for what only it can do: close, check, catch up.

Who is connected is never read from here but from the connection records.
"""

import asyncio
from collections.abc import Iterable, Iterator, KeysView, Sequence
from weakref import WeakKeyDictionary

from realtime.sockets.live_connection import LiveConnection
from speaktracker import metrics
from speaktracker.roster.models import UserType
from speaktracker.transport.due_list import DueList


class OpenSockets:
    """The live connections of one event loop; they may come and go while they are walked over."""

    def __init__(self) -> None:
        self._connections: dict[str, LiveConnection] = {}
        self._expected: set[str] = set()
        self._with_dashboards: dict[str, LiveConnection] = {}
        self._of_user: dict[int, tuple[LiveConnection, ...]] = {}

    def __iter__(self) -> Iterator[LiveConnection]:
        return iter(tuple(self._connections.values()))

    def hold(self, connection: LiveConnection) -> None:
        """Count a socket among this process's own until it is let go."""
        self._connections[connection.connection_id] = connection
        if connection.dashboard:
            self._with_dashboards[connection.connection_id] = connection
        user_id = connection.user_id
        self._of_user[user_id] = (*self._of_user.get(user_id, ()), connection)
        metrics.connection_opened(connection.user_type)

    def let_go(self, connection: LiveConnection) -> None:
        """Count a socket no more; harmless for one that was not held."""
        if self._connections.pop(connection.connection_id, None) is None:
            return
        self._with_dashboards.pop(connection.connection_id, None)
        others = tuple(one for one in self._of_user[connection.user_id] if one is not connection)
        if others:
            self._of_user[connection.user_id] = others
        else:
            del self._of_user[connection.user_id]
        process = connection.process
        process.rechecks.drop(connection)
        process.overdue.drop(connection)
        process.journal.part(connection.user_id)
        metrics.connection_closed(connection.user_type)

    def due(self, listed: DueList[LiveConnection], now: float) -> list[LiveConnection]:
        """Take out those that are due by a list of this process, of the sockets held here."""
        return [c for c in listed.take(now) if c.connection_id in self._connections]

    def dashboards(self) -> list[LiveConnection]:
        """List the sockets with a dashboard."""
        return list(self._with_dashboards.values())

    def users(self) -> KeysView[int]:
        """Tell who has sockets, by their ids."""
        return self._of_user.keys()

    def of_user(self, user_id: int) -> Sequence[LiveConnection]:
        """List the sockets of one user."""
        return self._of_user.get(user_id, ())

    def find(self, connection_id: str) -> LiveConnection | None:
        """Find a socket that is held here and takes what is written to it."""
        found = self._connections.get(connection_id)
        return None if found is None or found.write_queue.closed else found

    def is_opening(self, connection_id: str) -> bool:
        """Tell whether a connection may be recorded already whose socket is still being set up."""
        return connection_id in self._expected and connection_id not in self._connections

    def expect(self, connection_id: str) -> None:
        """Count a connection from before its record is stored until `expect_no_more`."""
        self._expected.add(connection_id)

    def expect_no_more(self, connection_id: str) -> None:
        """Count a connection no more that has ended, or never began; harmless to repeat."""
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
