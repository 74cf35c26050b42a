"""Whom this process does not let in for a while, since they were closed for too many messages."""

import asyncio
import time

from realtime.presence import cooldown_records
from speaktracker import db
from speaktracker.exceptions import Unavailable


class Cooldowns:
    """The cooldowns that this process knows: its own, and those it was told by SQL.

    They hold here without the database too, and spare it those who come again and again.
    """

    def __init__(self) -> None:
        self._ends: dict[int, float] = {}
        self._recording: set[asyncio.Task[None]] = set()

    def seconds_left(self, user_id: int) -> float:
        """Return after how many seconds a user may come again; 0.0 at once."""
        end = self._ends.get(user_id)
        return max(end - time.monotonic(), 0.0) if end else 0.0

    def learn(self, user_id: int, seconds: float) -> None:
        """Keep a user out of this process for so long."""
        now = time.monotonic()
        self._ends = {user: end for user, end in self._ends.items() if end > now}
        self._ends[user_id] = now + seconds

    def begin(self, user_id: int, seconds: float) -> asyncio.Task[None]:
        """Keep a user out of this process, and of all once the task that is returned has ended."""
        self.learn(user_id, seconds)
        recording = asyncio.create_task(_record(user_id, seconds))
        self._recording.add(recording)
        recording.add_done_callback(self._recording.discard)
        return recording


async def _record(user_id: int, seconds: float) -> None:
    try:
        await db.write(cooldown_records.begin, user_id, seconds)
    except Unavailable:
        return  # it holds in this process alone
