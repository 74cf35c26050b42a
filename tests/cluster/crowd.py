"""The clients of one test."""

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from typing import Any, TypeVar

from tests.cluster.bots import Bot
from tests.cluster.dashboard import DashboardBot
from tests.cluster.student import StudentBot

B = TypeVar("B", bound=Bot)
AT_ONCE = 25


class Crowd:
    """Bots and tasks that end with their test."""

    def __init__(self) -> None:
        self.bots: list[Bot] = []
        self._tasks: list[asyncio.Task[Any]] = []

    async def add(self, bots: Iterable[B]) -> list[B]:
        """Start clients, some at a time; returns once all are connected."""
        added = list(bots)
        self.bots += added
        turns = asyncio.Semaphore(AT_ONCE)

        async def start(bot: B) -> None:
            async with turns:
                await bot.start()

        await asyncio.gather(*(start(bot) for bot in added))
        return added

    async def one(self, bot: B) -> B:
        """Start one client."""
        return (await self.add([bot]))[0]

    def run(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Let work go on beside the test."""
        task = asyncio.create_task(work)
        self._tasks.append(task)
        return task

    async def end_work(self) -> None:
        """Cancel what goes on beside the test."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result

    def faults(self) -> list[str]:
        """List everything a client found wrong."""
        return [fault for bot in self.bots for fault in bot.faults]

    def connections(self) -> set[str]:
        """Name the connections that stand, as their clients see them."""
        return {bot.connection_id for bot in self.bots if bot.connection_id}

    async def close(self) -> None:
        """End everything."""
        await self.end_work()
        await asyncio.gather(*(bot.stop() for bot in self.bots))


def differences(
    dashboards: Sequence[DashboardBot], students: Sequence[StudentBot] = ()
) -> list[str]:
    """Compare what all dashboards show with SQL, and with what students who are here sent last."""
    found = [found for dashboard in dashboards for found in dashboard.differences()]
    for student in students:
        sent = student.sent if student.here.is_set() else None
        for shown in (dashboard.shown.get(student.email) for dashboard in dashboards):
            if sent and shown and not sent.items() <= shown.items():
                found.append(f"{student.email} sent {sent}, shown is {shown}")
    return found
