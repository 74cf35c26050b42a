"""A student: reports what they do, and shows feedback once by its message id."""

import asyncio
import itertools
import random
from typing import Any
from uuid import uuid4

from tests.cluster.bots import Bot, Message

STATUSES = ("studying", "idle", "paused")


class StudentBot(Bot):
    """Reports statuses that can be told apart, acknowledges feedback and notes what it saw."""

    query = {"acks": "1"}  # noqa: RUF012

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.sent: Message | None = None
        self.acked: Message | None = None
        self.shown: list[Message] = []
        # What became of the question, as this socket was told.
        self.help: str | None = None
        self._unacked: dict[str, Message] = {}
        self._numbers = itertools.count(1)
        self._seen: set[str] = set()
        self._here_seen: set[str] = set()

    async def report(self, status: str | None = None) -> bool:
        """Send one status; the sentence carries its number."""
        number = next(self._numbers)
        said = {
            "status": status or random.choice(STATUSES),
            "session_id": "session_1",
            "current_sentence": f"Sentence {number}",
            "progress": number % 101,
        }
        return await self._report(said)

    async def ask(self) -> None:
        """Ask for help; to be answered by the next feedback."""
        await self.say(type="help", action="ask", note=f"note {next(self._numbers)}")

    async def _report(self, said: Message) -> bool:
        message_id = uuid4().hex
        self._unacked[message_id] = said
        if not await self.say(type="status", message_id=message_id, **said):
            return False
        self.sent = said
        return True

    async def stop(self) -> None:
        """Leave; who comes back opens a new page."""
        await super().stop()
        self.sent = None

    async def keep_reporting(self, per_second: float) -> None:
        """Send statuses until cancelled."""
        while True:
            await asyncio.sleep(random.uniform(0.5, 1.5) / per_second)
            await self.report()

    def opened(self) -> None:
        """Begin a socket: nothing was written on it yet."""
        self._here_seen = set()
        self.help = None

    async def hear(self, frame: Message) -> None:
        """Note an ack, or show and acknowledge feedback."""
        if frame["type"] == "connection_success" and self.sent:
            await self._report(self.sent)  # a crash may have lost it
        elif frame["type"] == "ack":
            self.acked = self._unacked.pop(frame["message_id"], self.acked)
        elif frame["type"] == "help":
            self.help = frame["state"]
        elif frame["type"] == "feedback":
            await self._show(frame)
        elif frame["type"] == "message_error":
            self.faults.append(f"{self.email}: {frame}")

    async def _show(self, frame: Message) -> None:
        message_id = frame["message_id"]
        if message_id in self._here_seen:
            self.faults.append(f"{self.email} heard {message_id} twice on one connection")
        self._here_seen.add(message_id)
        if message_id not in self._seen:
            self._seen.add(message_id)
            self.shown.append(frame)
        await self.say(type="feedback_ack", message_id=message_id, state="seen")
