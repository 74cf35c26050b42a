"""What tests ask of the mirror."""

import asyncio
from collections.abc import Callable
from typing import Any

from django.conf import settings

from speaktracker.db.threads import read, run_long, write
from speaktracker.persistence import sources
from speaktracker.persistence.backends import dynamodb_from_settings
from speaktracker.persistence.models import WAITING, Change
from speaktracker.persistence.tables import Table
from speaktracker.persistence.verification import Comparison, verify
from tests.persistence import shelf

DEADLINE = 60


class Mirror:
    """Changes records, waits for the relay, and looks into the tables with boto3 alone."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def make_tables(self) -> list[str]:
        return list(dynamodb_from_settings().ensure_tables())

    def name(self, table: Table[Any]) -> str:
        return f"{settings.STACK}-{table.name}"

    async def put(self, table: Table[Any], *records: Any) -> None:
        await write(shelf.put, table, *records)

    async def remove(self, table: Table[Any], *keys: Any) -> None:
        await write(shelf.remove, table, *keys)

    async def items(self, table: Table[Any]) -> list[dict[str, Any]]:
        """Read every item as DynamoDB writes it."""
        answer = await asyncio.to_thread(
            self.client.scan, TableName=self.name(table), ConsistentRead=True
        )
        found: list[dict[str, Any]] = answer["Items"]
        return found

    async def drop(self, table: Table[Any]) -> None:
        await asyncio.to_thread(self.client.delete_table, TableName=self.name(table))
        waiter = self.client.get_waiter("table_not_exists")
        await asyncio.to_thread(
            waiter.wait, TableName=self.name(table), WaiterConfig={"Delay": 1, "MaxAttempts": 30}
        )

    async def is_drained(self) -> None:
        """Wait until no change waits."""
        await until(lambda: not Change.objects.filter(WAITING).exists())

    async def comparison(self) -> Comparison:
        """Compare everything."""
        return await run_long(_verify)

    async def is_complete(self) -> None:
        """Wait until no change waits; then nothing may differ."""
        await self.is_drained()
        comparison = await self.comparison()
        assert comparison.differences == []


def _verify() -> Comparison:
    backend, comparison = dynamodb_from_settings(), Comparison()
    for table in sources.registered_tables():
        for _ in verify(backend, table, comparison):
            pass
    return comparison


async def until(query: Callable[[], bool], deadline: float = DEADLINE) -> None:
    """Wait until a question to SQL is answered with yes."""
    async with asyncio.timeout(deadline):
        while not await read(query):  # noqa: ASYNC110 (another process may be the one to act)
            await asyncio.sleep(0.02)
