"""A PostgreSQL that is restarted, takes no writes, or has no slot left."""

import asyncio
import random

import psycopg

from tests.cluster.random_faults.fault import Part
from tests.cluster.random_faults.installation import Installation

READ_ONLY = "default_transaction_read_only"


class OfPostgreSQL:
    """A fault of the one database."""

    part: Part = "postgresql"

    def __init__(self, installation: Installation, _chance: random.Random) -> None:
        self.server = installation.parts.postgresql


class RestartPostgreSQL(OfPostgreSQL):
    """The database is gone for a while."""

    name = "kill postgresql"

    async def begin(self) -> None:
        """Cut every connection and end it."""
        await asyncio.to_thread(self.server.stop)

    async def end(self) -> None:
        """Start it again."""
        await asyncio.to_thread(self.server.start)


class ReadOnly(OfPostgreSQL):
    """The database takes no writes, as a standby does."""

    name = "demote postgresql"

    async def begin(self) -> None:
        """Take no more."""
        await asyncio.to_thread(self.server.set, READ_ONLY, "on")

    async def end(self) -> None:
        """Take them again."""
        await asyncio.to_thread(self.server.set, READ_ONLY, "off")


class FillSlots(OfPostgreSQL):
    """Others have every connection that is left."""

    name = "fill postgresql"

    def __init__(self, installation: Installation, chance: random.Random) -> None:
        super().__init__(installation, chance)
        self._held: list[psycopg.Connection] = []

    async def begin(self) -> None:
        """Take all there are."""
        await asyncio.to_thread(self._take)

    def _take(self) -> None:
        try:
            while True:
                self._held.append(psycopg.connect(self.server.url, connect_timeout=30))
        except psycopg.OperationalError:
            return  # no slot is left

    async def end(self) -> None:
        """Give them back."""
        for connection in self._held:
            await asyncio.to_thread(connection.close)
