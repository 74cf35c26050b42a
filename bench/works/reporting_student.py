"""A student who reports: the body of a status, and which statuses are under way."""

import time

from bench.systems.client_sockets import ClientSocket

_BODY = (
    b'{"status":"studying","session_id":"bench-1","current_sentence":'
    b'"|%019d|%012d|%04d|I would like a cup of coffee, please.","progress":%d,'
    b'"timestamp":"2026-01-14T10:30:00.000Z"}'
)


class ReportingStudent:
    """One student's socket and the statuses that have not reached every dashboard."""

    __slots__ = ("dashboards", "index", "number", "pending", "socket")

    def __init__(self, index: int, number: int, dashboards: int) -> None:
        self.index = index
        self.number = number
        self.dashboards = dashboards
        self.pending: dict[int, int] = {}
        self.socket: ClientSocket

    def report(self) -> None:
        """Send the next status."""
        self.number += 1
        self.pending[self.number] = self.dashboards
        body = _BODY % (time.monotonic_ns(), self.number, self.index, self.number % 101)
        self.socket.send_status(body)
