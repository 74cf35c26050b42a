"""A student who reports: the body of a status, and what is under way."""

import time

from bench.sockets import Socket

_BODY = (
    b'{"status":"studying","session_id":"bench-1","current_sentence":'
    b'"|%019d|%012d|%04d|I would like a cup of coffee, please.","progress":%d,'
    b'"timestamp":"2026-01-14T10:30:00.000Z"}'
)


class Student:
    """One student's socket and the statuses that have not reached every dashboard."""

    __slots__ = ("index", "number", "pending", "progress_at", "socket", "watchers")

    def __init__(self, index: int, number: int, watchers: int) -> None:
        self.index = index
        self.number = number
        self.watchers = watchers
        self.pending: dict[int, int] = {}
        self.progress_at = 0.0
        self.socket: Socket

    def report(self) -> None:
        """Send the next status."""
        self.number += 1
        self.pending[self.number] = self.watchers
        body = _BODY % (time.monotonic_ns(), self.number, self.index, self.number % 101)
        self.socket.say_status(body)
